"""The chart as helm renders it: what it refuses, what it grants, what its pods may. No cluster is needed, only helm."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import cluster_document
import pytest
import yaml
from cluster_document import ROOT
from gemini_core import cluster_plan
from installed_fixture import CHART as STOCK
from installed_fixture import OFFLINE

OURS = ROOT / "hub_config" / "chart"
VALUES = ROOT / "hub_config" / "z2jh-values.yaml"
pytestmark = pytest.mark.skipif(not shutil.which("helm"), reason="there is no helm")
Object = dict[str, Any]


def helm(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What helm answers."""
    command = ("helm", *map(str, arguments))
    return subprocess.run(command, capture_output=True, text=True, check=False)


def render(chart: Path, *arguments: str | Path) -> dict[tuple[str, str], Object]:
    """The objects of a chart by kind and name."""
    done = helm("template", "gemini", chart, "--namespace", "here", "--kube-version", "1.34", *arguments)
    assert done.returncode == 0, done.stderr
    found = [one for one in yaml.safe_load_all(done.stdout) if one]
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


@pytest.fixture(scope="module")
def rendered() -> dict[tuple[str, str], Object]:
    """Our chart with nothing but its own values."""
    return render(OURS)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Object]:
    """The stock hub's chart with our values and the document's people."""
    if not (STOCK / "Chart.yaml").is_file():
        pytest.skip("the stock hub's chart is not there (GEMINI_Z2JH_CHART)")
    people = tmp_path_factory.mktemp("people") / "people.yaml"
    people.write_text(cluster_document.files()["people.yaml"])
    return render(STOCK, "-f", VALUES, "-f", people, "-f", OFFLINE)


def test_it_is_in_order(tmp_path: Path) -> None:
    """helm's own look at it finds nothing wrong, with the document's values too."""
    values = tmp_path / "cluster.yaml"
    values.write_text(cluster_document.files()["cluster.yaml"])
    for more in ((), ("-f", values)):
        done = helm("lint", "--strict", OURS, *more)
        assert done.returncode == 0, done.stdout


def test_the_document_can_be_read(tmp_path: Path) -> None:
    """The document installs with ten commands and with values that the chart and the control plane take."""
    assert len(cluster_document.commands()) == 10
    assert cluster_document.settings() == ["NAMESPACE", "PORT", "DATABASE_URL"]
    assert [one.split()[0] for one in cluster_document.removal()] == ["helm", "kubectl"]
    values = tmp_path / "cluster.yaml"
    values.write_text(cluster_document.files()["cluster.yaml"])
    plan = cluster_plan.parse(render(OURS, "-f", values)["ConfigMap", "gemini-plan"]["data"]["cluster.json"])
    assert plan.zones[0].name == "北京可用区A"
    assert plan.zones[0].card("A100") is not None


def test_the_plan_is_what_the_control_plane_reads(rendered: dict[tuple[str, str], Object]) -> None:
    """Values become the file of the plan: namespace, claim, prefix, images, zones."""
    data = rendered["ConfigMap", "gemini-plan"]["data"]
    plan = cluster_plan.parse(data["cluster.json"])
    assert (plan.namespace, plan.claim, plan.prefix) == ("here", "gemini-store", "here")
    assert plan.images[0].reference == "localhost/gemini-singleuser:test"
    assert [one.name for one in plan.zones[0].specifications if one.is_default] == ["B1"]
    assert set(data) == {"cluster.json", "control.py"}
    compile(data["control.py"], "control.py", "exec")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("replicas=0", "replicas"),
        ("replica=2", "replica"),
        ("timeZone=", "timeZone"),
        ("store.size=much", "size"),
        ("store.accessModes[0]=ReadOnlyMany", "accessModes"),
        ("database.url=mysql://here", "url"),
        ("prefix=Upper", "prefix"),
        ("images[0].pullPolicy=Sometimes", "pullPolicy"),
        ("zones[0].id=Zone_A", "id"),
        ("zones[0].cards[0].type=A100,zones[0].cards[0].memoryGb=0", "memoryGb"),
        ("zones[0].cards[0].type=A100,zones[0].cards[0].memoryGb=8,zones[0].cards[0].dialect=mps", "dialect"),
        ("zones[0].specifications[0].class=Z", "class"),
        ("pod.privileged=true", "privileged"),
        ("networkPolicy.userEgress.everywhere=true", "everywhere"),
        ("jupyterhub.apiUrl=hub:8081", "apiUrl"),
        ("image.pullPolicy=Perhaps", "pullPolicy"),
    ],
)
def test_bad_values_are_refused_by_name(wrong: str, named: str) -> None:
    """What the schema does not know, or not so, is refused before anything is made."""
    done = helm("template", "gemini", OURS, "--kube-version", "1.34", "--set", wrong)
    assert done.returncode != 0 and named in done.stderr, done.stderr


def test_every_value_is_described() -> None:
    """The schema knows each value that there is, and nothing that there is not."""
    schema = json.loads((OURS / "values.schema.json").read_text())
    values = yaml.safe_load((OURS / "values.yaml").read_text())
    assert set(values) == set(schema["properties"]) - {"global"}
    for name, value in values.items():
        if isinstance(value, dict) and "properties" in schema["properties"][name]:
            assert set(value) == set(schema["properties"][name]["properties"]), name


RIGHTS = {
    ("Role", "pods"): "list watch delete",
    ("Role", "events"): "list watch",
    ("Role", "jobsets"): "get list watch create delete",
    ("Role", "networkpolicies"): "get list create delete",
    ("Role", "workloads"): "get list watch create delete",
    ("Role", "localqueues"): "get list watch create patch delete",
    ("Role", "pods.metrics.k8s.io"): "get",
    ("ClusterRole", "nodes"): "list watch",
    ("ClusterRole", "pods"): "list",
    ("ClusterRole", "clusterqueues"): "get list watch create patch delete",
    ("ClusterRole", "cohorts"): "get list watch create patch delete",
    ("ClusterRole", "resourceflavors"): "get list watch create patch delete",
    ("ClusterRole", "workloadpriorityclasses"): "get list watch create patch delete",
}
"""What the control plane's account may do, and why it needs it stands in the chart: nothing else is granted."""


def test_its_rights_are_few(rendered: dict[tuple[str, str], Object]) -> None:
    """No secrets, no pods of its own making, nothing of everything, in any role that there is. Covers: TEN-2."""
    roles = {key: one for key, one in rendered.items() if key[0] in ("Role", "ClusterRole")}
    assert set(roles) == {("Role", "gemini-control-plane"), ("ClusterRole", "here-control-plane")}
    granted = []
    for (kind, _), role in roles.items():
        for rule in role["rules"]:
            assert set(rule) == {"apiGroups", "resources", "verbs"}
            group = ".metrics.k8s.io" if rule["apiGroups"] == ["metrics.k8s.io"] else ""
            granted += [((kind, f"{one}{group}"), " ".join(rule["verbs"])) for one in rule["resources"]]
    assert sorted(granted) == sorted(RIGHTS.items())


def test_its_pods_may_little(rendered: dict[tuple[str, str], Object]) -> None:
    """Three rights of root, a file system that cannot be written, no variables of services."""
    spec = rendered["Deployment", "gemini-control-plane"]["spec"]["template"]["spec"]
    assert spec["enableServiceLinks"] is False
    for container in (*spec["containers"], *spec["initContainers"]):
        security = container["securityContext"]
        assert security["capabilities"] == {"drop": ["ALL"], "add": ["CHOWN", "DAC_OVERRIDE", "FOWNER"]}
        assert (security["readOnlyRootFilesystem"], security["allowPrivilegeEscalation"]) == (True, False)
    store = rendered["PersistentVolumeClaim", "gemini-store"]
    assert store["spec"]["accessModes"] == ["ReadWriteMany"]
    assert store["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_walls_between_pods(rendered: dict[tuple[str, str], Object]) -> None:
    """Only hub and proxy reach the control plane; people's pods are reached by nobody and reach no private address."""
    mine = rendered["NetworkPolicy", "gemini-control-plane"]["spec"]
    parts = [one["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for one in mine["ingress"][0]["from"]]
    assert parts == ["hub", "proxy"]
    work = rendered["NetworkPolicy", "gemini-work"]["spec"]
    assert work["policyTypes"] == ["Ingress", "Egress"] and "ingress" not in work
    blocks = [to["ipBlock"] for rule in work["egress"] for to in rule.get("to", ()) if "ipBlock" in to]
    assert [one["cidr"] for one in blocks] == ["0.0.0.0/0"] and "10.0.0.0/8" in blocks[0]["except"]
    closed = render(OURS, "--set", "networkPolicy.userEgress.internet=false")
    rules = closed["NetworkPolicy", "gemini-work"]["spec"]["egress"]
    assert not [to for rule in rules for to in rule.get("to", ()) if "ipBlock" in to]
    assert not cluster_plan.parse(closed["ConfigMap", "gemini-plan"]["data"]["cluster.json"]).pod.internet


def test_a_database_can_be_given_either_way() -> None:
    """By a Secret of the operator's, or by its address, which then lies in a Secret of ours."""

    def reference(*arguments: str) -> Object:
        spec = render(OURS, *arguments)["Deployment", "gemini-control-plane"]["spec"]["template"]["spec"]
        variables = {one["name"]: one for one in spec["containers"][0]["env"]}
        found: Object = variables["GEMINI_DATABASE_URL"]["valueFrom"]["secretKeyRef"]
        return found

    assert reference() == {"name": "gemini-database", "key": "url"}
    given = ("--set", "database.url=postgresql+psycopg://gemini@db/gemini")
    assert reference(*given) == {"name": "gemini-secrets", "key": "database-url"}


def test_the_stock_chart_takes_our_values(stock: dict[tuple[str, str], Object]) -> None:
    """No scheduler of its own, no privileged container, no group for the store, tokens for both names.
    Covers: T1, T2."""
    kinds = {kind for kind, _ in stock}
    assert "DaemonSet" not in kinds and "StatefulSet" not in kinds
    assert {name for kind, name in stock if kind == "Deployment"} == {"hub", "proxy"}
    secret = stock["Secret", "hub"]["data"]
    assert {"hub.services.gemini.apiToken", "hub.services.gemini-hub.apiToken"} <= set(secret)
    spec = stock["Deployment", "hub"]["spec"]["template"]["spec"]
    assert spec["containers"][0]["image"] == "localhost/gemini-hub:test"
    assert not [key for key, one in stock.items() if "privileged: true" in yaml.safe_dump(one)]
    reached = [
        to["podSelector"]["matchLabels"]
        for name in ("hub", "proxy")
        for rule in stock["NetworkPolicy", name]["spec"]["egress"]
        for to in rule.get("to", ())
        if "podSelector" in to
    ]
    assert reached.count({"app.kubernetes.io/name": "gemini", "app.kubernetes.io/component": "control-plane"}) == 2


def test_the_stock_chart_sets_no_group_on_the_store() -> None:
    """`fsGid` would give the whole store to one group at each start of an environment; the values say none."""
    values = yaml.safe_load(VALUES.read_text())
    assert values["singleuser"]["fsGid"] is None and "fsGid" in values["singleuser"]
    assert values["singleuser"]["storage"]["type"] == "none"
    assert values["scheduling"]["userScheduler"]["enabled"] is False
    # A culled environment keeps its row: its server is stopped at the hub, never removed. T10.
    assert values["cull"]["removeNamedServers"] is False


def test_the_culler_takes_what_the_stock_chart_says_to_it() -> None:
    """The chart passes settings as options; ours is the culler that reads them as traits. Covers: T10."""
    culler = pytest.importorskip("jupyterhub_idle_culler")
    values = yaml.safe_load(VALUES.read_text())["cull"]
    app = culler.IdleCuller()
    url = "http://localhost:8081/hub/api"
    options = [f"--url={url}", f"--timeout={values['timeout']}", f"--cull-every={values['every']}"]
    app.parse_command_line([*options, "--concurrency=10", "--cull-admin-users=false"])
    assert (app.url, app.timeout, app.cull_every) == (url, values["timeout"], values["every"])
    assert (app.cull_admin_users, app.remove_named_servers) == (False, False)
