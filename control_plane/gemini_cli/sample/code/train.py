"""Trains a small network on handwritten digits: with PyTorch where it is installed, else with scikit-learn."""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from pathlib import Path

import numpy as np


def main() -> None:
    """Reads the data, trains epoch by epoch, and leaves model, metrics and scalars in the output folder."""
    given = parse_arguments()
    output = output_folder()
    train, test = split(*read_digits(given.data), given.seed)
    network = make_network(given)
    print(f"{type(network).__name__}: {len(train[1])} digits to learn from, {len(test[1])} to test with", flush=True)
    accuracy = 0.0
    with Scalars(output) as scalars:
        for epoch in range(1, given.epochs + 1):
            began = time.monotonic()
            loss = network.learn(*train)
            accuracy = float((network.read(test[0]) == test[1]).mean())
            scalars.add(epoch, {"loss/train": loss, "accuracy/test": accuracy})
            took = time.monotonic() - began
            print(f"epoch {epoch}/{given.epochs}  loss {loss:.4f}  accuracy {accuracy:.4f}  {took:.2f} s", flush=True)
    network.save(output)
    (output / "metrics.json").write_text(json.dumps({"epochs": given.epochs, "loss": loss, "accuracy": accuracy}))
    print(f"done: accuracy {accuracy:.4f}, model and metrics in {output}", flush=True)


def parse_arguments() -> argparse.Namespace:
    """What may be set on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=positive, default=30, help="how often all digits are seen")
    parser.add_argument("--batch-size", type=positive, default=64)
    parser.add_argument("--learning-rate", type=float, default=0.003)
    parser.add_argument("--hidden", type=positive, default=64, help="neurons of the hidden layer")
    parser.add_argument("--seed", type=int, default=0)
    data = Path(os.environ.get("GEMINI_DATA_1", "/gemini/data-1"), "digits.csv")
    parser.add_argument("--data", type=Path, default=data, help="the table to learn from")
    return parser.parse_args()


def positive(text: str) -> int:
    """A whole number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def output_folder() -> Path:
    """A task writes into its own folder; a run by hand makes one for itself."""
    output = Path(os.environ.get("GEMINI_OUTPUT", "/gemini/output"))
    if "GEMINI_TASK_ID" not in os.environ:
        output /= time.strftime("by-hand-%Y%m%d-%H%M%S")
    output.mkdir(parents=True, exist_ok=True)
    return output


def read_digits(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pixels from 0 to 1, and labels."""
    if not path.is_file():
        raise SystemExit(f"{path} is not there. Mount the dataset digits as the first one.")
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    table = np.array(rows, dtype=np.float32)
    return table[:, :-1] / 16, table[:, -1].astype(np.int64)


def split(pixels: np.ndarray, labels: np.ndarray, seed: int) -> tuple[tuple, tuple]:
    """Four fifths to learn from, one fifth to test with."""
    order = np.random.default_rng(seed).permutation(len(labels))
    pixels, labels = pixels[order], labels[order]
    border = len(labels) * 4 // 5
    return (pixels[:border], labels[:border]), (pixels[border:], labels[border:])


def make_network(given: argparse.Namespace):
    """The network, of whichever library is there."""
    try:
        import torch  # noqa: F401
    except ImportError:
        return ScikitNetwork(given)
    return TorchNetwork(given)


class ScikitNetwork:
    """One hidden layer, by scikit-learn."""

    def __init__(self, given: argparse.Namespace) -> None:
        from sklearn.neural_network import MLPClassifier

        self.model = MLPClassifier(
            hidden_layer_sizes=(given.hidden,),
            batch_size=given.batch_size,
            learning_rate_init=given.learning_rate,
            random_state=given.seed,
        )

    def learn(self, pixels: np.ndarray, labels: np.ndarray) -> float:
        """One epoch; the loss."""
        self.model.partial_fit(pixels, labels, classes=range(10))
        return float(self.model.loss_)

    def read(self, pixels: np.ndarray) -> np.ndarray:
        """The digits that it sees."""
        return self.model.predict(pixels)

    def save(self, output: Path) -> None:
        """The model as a file."""
        import joblib

        joblib.dump(self.model, output / "model.joblib")


class TorchNetwork:
    """One hidden layer, by PyTorch, on a card where there is one."""

    def __init__(self, given: argparse.Namespace) -> None:
        import torch

        torch.manual_seed(given.seed)
        self.torch, self.batch_size = torch, given.batch_size
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        layers = (torch.nn.Linear(64, given.hidden), torch.nn.ReLU(), torch.nn.Linear(given.hidden, 10))
        self.model = torch.nn.Sequential(*layers).to(self.device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=given.learning_rate)

    def learn(self, pixels: np.ndarray, labels: np.ndarray) -> float:
        """One epoch; the mean loss."""
        losses = []
        for chosen in self.torch.randperm(len(labels)).split(self.batch_size):
            seen = self.torch.from_numpy(pixels[chosen.numpy()]).to(self.device)
            meant = self.torch.from_numpy(labels[chosen.numpy()]).to(self.device)
            loss = self.torch.nn.functional.cross_entropy(self.model(seen), meant)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    def read(self, pixels: np.ndarray) -> np.ndarray:
        """The digits that it sees."""
        with self.torch.no_grad():
            return self.model(self.torch.from_numpy(pixels).to(self.device)).argmax(1).cpu().numpy()

    def save(self, output: Path) -> None:
        """The model as a file."""
        self.torch.save(self.model.state_dict(), output / "model.pt")


class Scalars:
    """Writes scalars for TensorBoard with its own writer; does nothing where TensorBoard is missing."""

    def __init__(self, folder: Path) -> None:
        try:
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError:
            self.writer = None
        else:
            self.writer = EventFileWriter(str(folder))

    def __enter__(self) -> Scalars:
        return self

    def __exit__(self, *_: object) -> None:
        if self.writer is not None:
            self.writer.close()

    def add(self, step: int, values: dict[str, float]) -> None:
        """One point of each curve, readable at once."""
        if self.writer is None:
            return
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
        self.writer.add_event(Event(wall_time=time.time(), step=step, summary=summary))
        self.writer.flush()


if __name__ == "__main__":
    main()
