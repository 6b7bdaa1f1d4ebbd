"""Page objects: every selector of the browser tests, by the roles and words that a person goes by."""

from __future__ import annotations

import re
from pathlib import Path

from platform_fixture import Platform
from playwright.sync_api import FrameLocator, Locator, Page, expect

from .words import Words

SLOW = 60_000


class Visit:
    """A person's tab."""

    def __init__(self, page: Page, platform: Platform, words: Words, shots: Path) -> None:
        self.page = page
        self.platform = platform
        self.words = words
        self.shots = shots
        self.home = Home(self)
        self.environment_form = EnvironmentForm(self)
        self.form = TrainingForm(self, page)
        self.list = TrainingList(self)
        self.task = TaskPage(self, page)
        self.operation = Operation(self)

    def sign_in(self, name: str) -> None:
        """By the hub's form; ends at home."""
        self.page.goto(self.platform.address)
        self.page.locator("#username_input").fill(name)
        self.page.locator("#password_input").fill(self.platform.password(name))
        self.page.locator("#login_submit").click()
        expect(self.page).to_have_url(f"{self.platform.address}/services/gemini/")

    def go(self, path: str = "") -> None:
        """A page of ours by its address."""
        self.page.goto(f"{self.platform.address}/services/gemini/{path}")

    def shot(self, name: str) -> None:
        """A picture of the tab as it is."""
        self.shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.shots / f"{name}.png")

    def button(self, english: str, *values: object) -> Locator:
        """The button of that name."""
        return self.page.get_by_role("button", name=self.words(english, *values), exact=True)


class Home:
    """Environments as cards."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    def card(self, name: str) -> Locator:
        """The card of an environment."""
        return self.visit.page.get_by_role("article", name=name, exact=True)

    def way_in(self, name: str, way: str) -> Locator:
        """JupyterLab, Terminal or TensorBoard on a card."""
        said = self.visit.words(way) if way == "Terminal" else way
        return self.card(name).get_by_role("link", name=re.compile(re.escape(said)))

    def enter(self, name: str, way: str) -> Lab:
        """One click on a way in of a card; the tab that it opens."""
        with self.visit.page.context.expect_page() as opened:
            self.way_in(name, way).click()
        return Lab(self.visit, opened.value)

    def new(self) -> None:
        """To the form of a new environment."""
        self.visit.page.get_by_role("link", name=self.visit.words("New environment")).first.click()
        expect(self.visit.page).to_have_url(re.compile(r"/environments/new$"))

    def stop(self, name: str) -> None:
        """Stops it, and says so where it is asked."""
        self.choose(name, "Stop")
        dialog = self.visit.page.get_by_role("dialog")
        dialog.get_by_role("button", name=self.visit.words("Stop environment"), exact=True).click()

    def choose(self, name: str, action: str) -> None:
        """An entry of a card's menu."""
        card = self.card(name)
        card.get_by_role("button", name=self.visit.words("More for %1", name)).click()
        self.visit.page.get_by_role("menuitem", name=self.visit.words(action), exact=True).click()


class Operation:
    """The operators' pages."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    @property
    def link(self) -> Locator:
        """The way there in the top bar."""
        bar = self.visit.page.get_by_role("navigation", name=self.visit.words("Main"), exact=True)
        return bar.get_by_role("link", name=self.visit.words("Operations"), exact=True)

    def section(self, english: str) -> None:
        """To a section by its tab."""
        tabs = self.visit.page.get_by_role("navigation", name=self.visit.words("Sections of operation"))
        tabs.get_by_role("link", name=self.visit.words(english), exact=True).click()

    def row(self, name: str) -> Locator:
        """The row of what has that name."""
        return self.visit.page.get_by_role("row").filter(has=self.visit.page.get_by_role("link", name=name, exact=True))

    def choose(self, filter_name: str, option: str) -> None:
        """One of a filter's choices."""
        self.visit.page.get_by_role("combobox", name=self.visit.words(filter_name)).select_option(label=option)

    @property
    def dialog(self) -> Locator:
        """The question that is open."""
        return self.visit.page.get_by_role("dialog")

    def answer(self, english: str, *values: object) -> None:
        """Presses a button of the question."""
        self.dialog.get_by_role("button", name=self.visit.words(english, *values), exact=True).click()

    def part(self, name: str) -> Locator:
        """A part of the platform by its name in the API, on the page of its health."""
        return self.visit.page.locator(f'[data-part="{name}"]')


class EnvironmentForm:
    """The page that creates an environment."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    def fill(self, name: str, dataset: str) -> None:
        """Name, the smallest specification, one dataset; project and image are filled in already."""
        page, words = self.visit.page, self.visit.words
        page.get_by_label(words("Name"), exact=False).first.fill(name)
        page.get_by_role("radio").first.check()
        pick(page, words, "dataset", dataset)

    def create(self) -> None:
        """Presses the one primary button."""
        self.visit.button("Create and start").click()


def pick(page: Page | Locator | FrameLocator, words: Words, kind: str, name: str) -> None:
    """Chooses a dataset or a model by its name, its newest version."""
    label = words("Dataset" if kind == "dataset" else "Model")
    page.get_by_role("combobox", name=re.compile(rf"^{re.escape(label)}")).first.select_option(label=name)


class TrainingForm:
    """The training form, on its page or in a tab of Lab."""

    def __init__(self, visit: Visit, place: Page) -> None:
        self.visit = visit
        self.page = place

    def open(self) -> None:
        """The page."""
        self.visit.go("training/create")
        expect(self.root).to_be_visible(timeout=SLOW)

    @property
    def root(self) -> Locator:
        """The form."""
        return self.page.get_by_role("form", name=self.visit.words("Submit training"))

    @property
    def name(self) -> Locator:
        """Task name."""
        return self.root.get_by_label(self.visit.words("Task name"))

    @property
    def summary(self) -> Locator:
        """Configuration summary."""
        return self.root.get_by_role("complementary", name=self.visit.words("Configuration summary"))

    def mode(self, mode: str) -> Locator:
        """The card of a launch mode."""
        title = "Use a running development environment" if mode == "existing" else "Create resources dynamically"
        return self.root.get_by_role("radio", name=re.compile(re.escape(self.visit.words(title))))

    def environment(self, name: str) -> Locator:
        """One of the running environments."""
        group = self.root.get_by_role("group", name=self.visit.words("Development environment"), exact=True)
        return group.get_by_role("radio", name=re.compile(re.escape(name)))

    def choose_dataset(self, name: str = "digits") -> None:
        """The dataset, its newest version."""
        pick(self.root, self.visit.words, "dataset", name)

    def send(self) -> None:
        """Presses the one primary button."""
        self.root.get_by_role("button", name=self.visit.words("Create and start training"), exact=True).click()

    def mistake(self, text: str) -> Locator:
        """What is said under a field."""
        return self.root.locator('[id$="-error"]').get_by_text(text, exact=True)


class TrainingList:
    """The list of tasks."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    def row(self, name: str) -> Locator:
        """The row of a task."""
        return self.visit.page.get_by_role("row").filter(has_text=name)

    def open(self, name: str) -> None:
        """To the task's own page."""
        self.visit.page.get_by_role("link", name=name, exact=True).click()

    def wait(self, name: str, state: str, timeout: float = SLOW) -> None:
        """Until the row says that state, by itself."""
        expect(self.row(name).locator(f'[data-state="{state}"]')).to_be_visible(timeout=timeout)


class TaskPage:
    """One task, on its page or in a tab of Lab."""

    def __init__(self, visit: Visit, place: Page) -> None:
        self.visit = visit
        self.page = place

    @property
    def log(self) -> Locator:
        """The log."""
        return self.page.get_by_role("log")

    def wait(self, state: str, timeout: float = SLOW) -> None:
        """Until the header says that state, by itself."""
        expect(self.page.locator(f'.gm-task-title [data-state="{state}"]')).to_be_visible(timeout=timeout)


class Lab:
    """JupyterLab of an environment."""

    def __init__(self, visit: Visit, page: Page) -> None:
        self.visit = visit
        self.page = page
        self.form = TrainingForm(visit, page)
        self.task = TaskPage(visit, page)

    def ready(self) -> None:
        """Until Lab is whole: its file browser lists the project's code."""
        self.file("train.py").wait_for(state="attached", timeout=SLOW)

    def shot(self, name: str) -> None:
        """A picture of Lab as it is."""
        self.visit.shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.visit.shots / f"{name}.png")

    def file(self, name: str) -> Locator:
        """A file in the file browser."""
        return self.page.locator(".jp-DirListing-item", has_text=name)

    @property
    def panel(self) -> Locator:
        """The Gemini panel."""
        return self.page.get_by_role("region", name=self.visit.words("Gemini: environment and training"))

    def open_panel(self) -> None:
        """By its icon in the left side bar."""
        self.page.locator('[data-id="gemini-panel"]').click()
        expect(self.panel).to_be_visible()

    def submit_with(self, name: str) -> None:
        """From a file's menu: the form opens with everything sensible filled in."""
        if not self.file(name).is_visible():
            self.page.locator('[data-id="filebrowser"]').click()
        self.file(name).click(button="right")
        self.page.get_by_role("menuitem", name=self.visit.words("Submit training with this file")).click()
        expect(self.form.root).to_be_visible()

    def run_in_terminal(self, command: str) -> None:
        """Opens a terminal from the launcher and types a command."""
        self.page.get_by_role("region", name="Other").or_(self.page.locator(".jp-Launcher")).first.wait_for()
        self.page.locator(".jp-LauncherCard[data-category]").filter(has_text=re.compile("Terminal|终端")).first.click()
        self.type_in_terminal(command)

    def type_in_terminal(self, command: str) -> None:
        """Types a command into the terminal in front."""
        prompt = self.terminal.locator(".xterm-helper-textarea")
        prompt.wait_for(state="attached")
        prompt.focus()
        self.page.keyboard.type(command + "\n")

    @property
    def terminal(self) -> Locator:
        """The terminal in front; behind it may be those of last time."""
        return self.page.locator(".jp-Terminal:visible")

    @property
    def tensorboard(self) -> FrameLocator:
        """TensorBoard in its tab."""
        return self.page.frame_locator("iframe.gm-frame-tensorboard, iframe[src*='gemini-tensorboard']")

    def menu(self, name: str) -> Locator:
        """A menu of the menu bar, by its name in Lab's language."""
        return self.page.locator("#jp-MainMenu").get_by_role("menuitem", name=name, exact=True)
