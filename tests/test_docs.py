"""What the README, the pages in docs/ and the configuration say is what the code does."""

from __future__ import annotations

import ast
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import theta
from scripts import write_floor_plan, write_options
from tests.test_architecture import LAYERS
from theta import errors
from theta.cli import tune
from theta.cli.configuration import read_config, read_sections
from theta.cli.intrusion import ACTIONS
from theta.cli.main import SUBCOMMANDS
from theta.cli.parser import CommandLine, read_command_line
from theta.layout import ProjectPaths
from theta.models import MODELS
from theta.options import PrepareOptions, RunOptions, TuneOptions, declarations, resolve
from theta.options.clean import CleanOptions
from theta.options.finished_run import (
    EditOptions,
    EffectOptions,
    LabelOptions,
    LevelOptions,
    PaperOptions,
    PlotOptions,
    RelationOptions,
    TrendOptions,
)
from theta.options.tune import TYPED
from theta.tables import RunTables

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (*ROOT.glob("*.md"), *DOCS.glob("*.md"))
}
BLOCKS = [
    (name, block)
    for name, text in PAGES.items()
    for block in re.findall(r"^```bash\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
]
SCRIPTS = sorted((ROOT / "scripts").glob("*.sh"))
MODEL_OPTIONS: dict[str, type] = {name: model.Options for name, model in MODELS.items()}
RUN_GROUPS: dict[str, type] = {"run": RunOptions, "tune": TuneOptions, **MODEL_OPTIONS}
GROUPS: dict[str, Mapping[str, type]] = {
    "prepare_data.py": {"prepare": PrepareOptions},
    "run_pipeline.py": RUN_GROUPS,
    "-m theta.plots": {"plots": PlotOptions},
    "theta edit": {"edit": EditOptions},
    "theta label": {"label": LabelOptions},
    "theta levels": {"levels": LevelOptions},
    "-m theta.effects": {"effects": EffectOptions},
    "-m theta.trends": {"trends": TrendOptions},
    "-m theta.relations": {"relations": RelationOptions},
    "-m theta.paper": {"paper": PaperOptions},
    "-m theta.corpus.clean": {"clean": CleanOptions},
    **{f"intrusion {name}": {"options": action.options} for name, action in ACTIONS.items()},
}
"""The options of each program that a page calls."""

PROGRAMS = {"theta.cli.prepare:main": "prepare_data.py", "theta.cli.run:main": "run_pipeline.py"}
_OF_THETA = ("edit", "label", "levels")
PROGRAMS |= {f"theta.cli.finished_run:{name}": f"theta {name}" for name in _OF_THETA}
_BY_MODULE = ("plots", "effects", "trends", "relations", "paper")
PROGRAMS |= {f"theta.cli.finished_run:{name}": f"-m theta.{name}" for name in _BY_MODULE}
OPERANDS = {"theta edit": "edits", "-m theta.effects": "effects"}
OPERANDS |= {f"intrusion {name}": action.operand for name, action in ACTIONS.items()}
"""The options that take words without a flag."""


@pytest.mark.parametrize("name", write_options.generated_parts())
def test_generated_tables_are_up_to_date(name: str) -> None:
    text = PAGES[f"docs/{name}"]
    assert write_options.renewed(name, text) == text, "run: python scripts/write_options.py"


def test_the_default_configuration_is_up_to_date() -> None:
    written = (ROOT / "configs" / "default.yaml").read_text(encoding="utf-8")
    assert write_options.default_yaml() == written, "run: python scripts/write_options.py"


def test_every_option_of_every_model_is_documented_with_its_default() -> None:
    shown = (
        PAGES["docs/options.md"].split("<!-- options: other models -->")[1].split("<!-- end -->")[0]
    )
    rows = [line.split(" | ") for line in shown.splitlines() if line.startswith("| `--")]
    documented = {
        (flag.split("`")[1][2:], model): entry.split(":")[0].strip()
        for flag, defaults, *_ in rows
        for entry in defaults.split(";")
        for model in re.findall(r"`(\w+)`", entry)
    }
    for name, options in MODEL_OPTIONS.items():
        for option in declarations(options).values():
            if name != "theta":
                default = write_options._yaml_value(option.default).replace("null", "none")
                assert documented[option.name, name] == default


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda p: p.name)
def test_configurations_can_be_read(path: Path) -> None:
    sections = {"prepare": PrepareOptions, "run": RunOptions, **MODEL_OPTIONS}
    values = read_config(path, sections)
    groups = {"run": RunOptions, "theta": MODEL_OPTIONS["theta"]}
    assert not resolve(groups, {}, values).warnings


def test_every_option_of_the_default_configuration_is_one(tmp_path: Path) -> None:
    # Take away every '#' that stands before an option.
    text = write_options.default_yaml()
    bare = re.sub(r"^( *)# (\w+: .*)$", r"\1\2", text, flags=re.MULTILINE)
    path = tmp_path / "all.yaml"
    path.write_text(bare, encoding="utf-8")
    sections = {"prepare": PrepareOptions, "run": RunOptions, **MODEL_OPTIONS}
    groups = {"prepare": PrepareOptions, "run": RunOptions, "theta": MODEL_OPTIONS["theta"]}
    resolved = resolve(groups, {}, read_config(path, sections))
    assert resolved.groups == {name: options() for name, options in groups.items()}


# Bash runs every block, loops and all, with programs that only write down their arguments.
# A file per process: commands that a page starts with "&" write at the same time.
RECORDER = """
record() { printf '%s\\n' "$@" '' >> "$RECORD/$BASHPID"; }
python() { record python "$@"; }
theta() { record theta "$@"; }
python3() { record python "$@"; }
command_not_found_handle() { :; }
"""


def recorded(block: str, folder: Path) -> list[list[str]]:
    """Return the commands of THETA that a block of a page starts."""
    record = folder / "record"
    record.mkdir()
    bash = shutil.which("bash")
    assert bash is not None
    subprocess.run(
        [bash, "-c", RECORDER + block + "\nwait\n"],
        cwd=folder,
        env={**os.environ, "PATH": str(folder), "RECORD": str(record)},
        check=True,
        capture_output=True,
    )
    entries = [
        entry
        for path in sorted(record.iterdir())
        for entry in path.read_text(encoding="utf-8").split("\n\n")[:-1]
    ]
    return [entry.split("\n") for entry in entries]


def program_and_flags(program: str, words: list[str]) -> tuple[str, list[str]]:
    """Return the program that does the work, and its flags."""
    if program == "theta":
        name, *words = words or ["--help"]
        if name.startswith("-"):
            return "theta", [name]
        subcommand = SUBCOMMANDS[name]
        if name == "intrusion":
            return f"{name} {words[0]}", words[1:]
        return PROGRAMS[subcommand.program], subcommand.arguments(name, words)
    if words[0] in ("-m", "-c"):
        return " ".join(words[:2]), words[2:]
    return words[0], words[1:]


@pytest.mark.parametrize(
    ("page", "block"), BLOCKS, ids=[f"{page}-{i}" for i, (page, _) in enumerate(BLOCKS)]
)
def test_commands_of_the_pages_are_understood(page: str, block: str, tmp_path: Path) -> None:
    for first, *words in recorded(block, tmp_path):
        program, flags = program_and_flags(first, words)
        if program in GROUPS and not {"--help", "--version"} & set(flags):
            groups = GROUPS[program]
            line = read_command_line(flags, "", groups, operand=OPERANDS.get(program, ""))
            line_of_config = read_sections(line) if "config" in line.typed else {}
            if "tune" in line.typed:
                check_search(line, tmp_path)
                continue
            resolve(groups, line.typed, line_of_config, line.problems)
            assert not line.warnings, flags  # no former name of an option
        elif program.endswith(".py"):
            assert (ROOT / program).exists(), program


def check_search(line: CommandLine, folder: Path) -> None:
    """Read a search of a page; the space is the first YAML block of the page on searching."""
    space = folder / "space.yaml"
    space.write_text(code_blocks("docs/tuning.md", "yaml")[0], encoding="utf-8")
    typed = dict(line.typed)
    if typed["tune"] != TYPED:
        typed["tune"] = str(folder / typed["tune"])
    line = CommandLine(typed, line.problems)
    request = tune.read_request(line, {}, "theta", list(line.problems))
    request.plan(ProjectPaths.from_environment({})).check()


def test_commands_were_found(tmp_path: Path) -> None:
    counts = {"README.md": 0, "docs/": 0}
    for page, block in BLOCKS:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        counts["docs/" if page.startswith("docs/") else page] += len(recorded(block, folder))
    assert counts["README.md"] >= 4
    assert counts["docs/"] >= 20


def option_flags(*, former: bool) -> set[str]:
    groups = [group for program in GROUPS.values() for group in program.values()]
    declared = [one for group in groups for one in declarations(group).values()]
    flags = {flag for one in declared for flag in (*one.flags, *one.negative_flags)}
    if former:
        flags |= {flag for one in declared for flag in one.former_flags}
    return flags | {"--help", "--version"}


@pytest.mark.parametrize("page", PAGES)
def test_flags_that_a_page_names_exist(page: str) -> None:
    known = option_flags(former=page == "CHANGELOG.md")
    for path in (ROOT / "scripts").iterdir():
        if path.suffix in (".py", ".sh"):
            known |= set(re.findall(r"--[a-z][\w-]*", path.read_text(encoding="utf-8")))
    for code in re.findall(r"`([^`\n]*--[^`\n]*)`", PAGES[page]):
        if not re.match(r"(hf|pip|git|ray|sphinx-build|python -m pytest|\.\.\.) ", code):
            named = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", code))
            assert named <= known, (code, named - known)


@pytest.mark.parametrize("page", PAGES)
def test_scripts_and_links_of_a_page_exist(page: str) -> None:
    text = PAGES[page]
    for script in re.findall(r"\bscripts/[\w.]+\.(?:py|sh)\b", text):
        assert (ROOT / script).exists(), script
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
        assert ((ROOT / page).parent / target).exists(), target


def test_the_floor_plan_is_up_to_date() -> None:
    drawn = (DOCS / "architecture.svg").read_text(encoding="utf-8")
    assert write_floor_plan.floor_plan() == drawn, "run: python scripts/write_floor_plan.py"


def code_blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGES[page], re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_python_of_the_pages_uses_what_exists(page: str) -> None:
    code = "\n".join(code_blocks(page, "python"))
    names = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    assert {"THETA", "load_run"} <= names
    for name in re.findall(r"\bmodel\.(\w+)", code):
        assert hasattr(theta.THETA, name), name
    for name in re.findall(r"(?:\brun|\bload_run\(.*?\))\.(\w+)", code):
        assert hasattr(RunTables, name), name
    given = re.findall(r"(\w+)=", " ".join(re.findall(r"THETA\((.*?)\)", code)))
    assert set(given) <= set(inspect.signature(theta.THETA).parameters)


def test_yaml_of_the_settings_page_is_a_configuration(tmp_path: Path) -> None:
    (block,) = code_blocks("docs/settings.md", "yaml")
    path = tmp_path / "settings.yaml"
    path.write_text(block, encoding="utf-8")
    values = read_config(path, {"prepare": PrepareOptions, **RUN_GROUPS})
    groups = {"prepare": PrepareOptions, "run": RunOptions, "theta": MODEL_OPTIONS["theta"]}
    assert not resolve(groups, {}, values).warnings


def test_every_model_and_exit_code_is_documented() -> None:
    listed = re.findall(r"^\| (`[^|]*`) \|", PAGES["docs/models.md"], re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(listed))) == set(MODELS)
    codes = set(map(int, re.findall(r"^\| (\d+) \|", PAGES["docs/promises.md"], re.MULTILINE)))
    classes = [one for one in vars(errors).values() if isinstance(one, type)]
    assert codes == {0, 130} | {one.exit_code for one in classes if hasattr(one, "exit_code")}


EXAMPLES = {
    "theta/evaluation/balance.py",
    "theta/plots/topic_shares.py",
    "theta/models/word_kmeans.py",
    "theta/corpus/read/feather.py",
}
"""Files that the recipes of docs/contributing.md make."""


@pytest.mark.parametrize("page", PAGES)
def test_files_and_functions_that_a_page_names_exist(page: str) -> None:
    named = r"`((?:theta|scripts|tests|configs)/[\w/.]+\.(?:py|md|yaml|sh))(?::([\w.]+))?`"
    for path, name in re.findall(named, PAGES[page]):
        if path in EXAMPLES:
            continue
        assert (ROOT / path).exists(), path
        text = (ROOT / path).read_text(encoding="utf-8")
        for part in filter(None, name.split(".")):
            found = re.search(rf"^\s*(def|class) {part}\b|^{part}\b.*=", text, re.MULTILINE)
            assert found, f"{path}:{name}"


def test_floor_plan_shows_every_part_on_its_layer() -> None:
    drawn = {
        part: layer
        for layer, (_, _, parts) in enumerate(reversed(write_floor_plan.LAYERS))
        for part in parts
    }
    assert drawn == LAYERS
    for part in LAYERS:
        assert f"`{part}`" in PAGES["docs/architecture.md"], part


def build(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build pages as the documentation does: a warning is an error."""
    words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    return subprocess.run(
        [*words, "-d", str(target / ".doctrees"), str(source), str(target)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_pages_build_without_warnings_and_load_nothing_from_the_network(tmp_path: Path) -> None:
    answer = build(DOCS, tmp_path)
    assert answer.returncode == 0, answer.stderr
    for page in DOCS.glob("*.md"):
        html = (tmp_path / f"{page.stem}.html").read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"([^\"]+)", html)
        assert loaded
        assert not [address for address in loaded if re.match(r"(https?:)?//", address)], page


@pytest.mark.parametrize("link", ["no-page.md", "index.md#no-heading"])
def test_broken_link_fails_the_build(link: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    shutil.copy(DOCS / "conf.py", source)
    (source / "index.md").write_text(f"# Home\n\nA [link]({link}).\n", encoding="utf-8")
    answer = build(source, tmp_path / "built")
    assert answer.returncode != 0
    assert "myst.xref_missing" in answer.stderr


def test_readme_is_short_and_pages_are_listed() -> None:
    assert len(PAGES["README.md"].splitlines()) <= 250
    listed = re.findall(r"^([\w-]+)$", PAGES["docs/index.md"], re.MULTILINE)
    assert sorted([*listed, "index"]) == sorted(path.stem for path in DOCS.glob("*.md"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_scripts_are_valid_bash(path: Path) -> None:
    subprocess.run(["bash", "-n", str(path)], check=True)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_scripts_are_clean() -> None:
    done = subprocess.run(
        ["shellcheck", "--external-sources", *map(str, SCRIPTS)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout


LOOPS = ("grid_search.sh", "batch_datasets.sh", "multi_gpu.sh")


@pytest.mark.parametrize("name", LOOPS)
def test_loops_explain_themselves(name: str, tmp_path: Path) -> None:
    script = ["bash", str(ROOT / "scripts" / name)]
    done = subprocess.run([*script, "--help"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: scripts/{name}")
    for wrong in ([], ["--nonsense"]):
        done = subprocess.run([*script, *wrong], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 3
        assert done.stderr.startswith("error: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "n_jobs", "expected"), [(None, 4, "4"), (None, 1, "8"), ("3", 4, "3")]
)
def test_workers_share_the_cores(
    tmp_path: Path, given: str | None, n_jobs: int, expected: str
) -> None:
    for name, answer in {"python": 'echo "threads $OMP_NUM_THREADS"', "getconf": "echo 8"}.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{answer}\n")
        program.chmod(0o755)
    (tmp_path / "jobs").write_text("--dataset news\n" * n_jobs)
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    environment |= {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CUDA_VISIBLE_DEVICES": "0,1"}
    if given is not None:
        environment["OMP_NUM_THREADS"] = given
    script = ["bash", str(ROOT / "scripts/multi_gpu.sh"), "jobs"]
    done = subprocess.run(script, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "logs/job_1.log").read_text() == f"threads {expected}\n"
