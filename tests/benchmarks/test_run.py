"""All questions in one run, compared with the last."""

import json
import sys
from pathlib import Path

import pytest
import run

ANSWER = """
import json, sys
from pathlib import Path
rows = [dict(name=name, value={value}, ours=1, theirs={value}, unit="s", peer="peer") for name in {names!r}]
Path(sys.argv[-1]).write_text(json.dumps(rows))
"""


@pytest.fixture
def benchmarks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two benchmarks, the second of which fails."""
    (tmp_path / "quick.py").write_text(ANSWER.format(value=3.0, names=["a", "b"]))
    (tmp_path / "broken.py").write_text("raise SystemExit('no peer here')")
    monkeypatch.setattr(run, "HERE", tmp_path)
    monkeypatch.setattr(run, "QUESTIONS", {"quick": 1, "broken": 1})
    monkeypatch.setattr(run, "pin", lambda _: None)
    return tmp_path


def _asked(monkeypatch: pytest.MonkeyPatch, folder: Path, only: str) -> int:
    monkeypatch.setattr(sys, "argv", ["run.py", "--only", only, "--results", str(folder / "results")])
    return run.main()


def test_every_ratio_that_lost_a_fifth_is_pointed_out(
    benchmarks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever benchmark it comes from; the results of a commit are kept."""
    assert _asked(monkeypatch, benchmarks, "quick") == 0
    (kept,) = (benchmarks / "results").glob("ratios-*.json")
    assert [row["name"] for row in json.loads(kept.read_text())["ratios"]] == ["a", "b"]
    (benchmarks / "quick.py").write_text(ANSWER.format(value=2.3, names=["a", "b"]))
    assert _asked(monkeypatch, benchmarks, "quick") == 1
    assert "Lost more than 20 %: a; b" in capsys.readouterr().out


def test_results_of_another_machine_are_no_measure(
    benchmarks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fresh clone brings results along; a slower machine has lost nothing."""
    assert _asked(monkeypatch, benchmarks, "quick") == 0
    (kept,) = (benchmarks / "results").glob("ratios-*.json")
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"host": "another"}))
    (benchmarks / "quick.py").write_text(ANSWER.format(value=1.0, names=["a", "b"]))
    assert _asked(monkeypatch, benchmarks, "quick") == 0
    told = capsys.readouterr().out
    assert "nothing was measured on this machine before" in told
    assert "LOST" not in told


def test_a_benchmark_that_fails_hides_no_other(
    benchmarks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its last words are told, and the run does not count as well."""
    assert _asked(monkeypatch, benchmarks, "broken,quick") == 1
    told = capsys.readouterr().out
    assert "| a | 3.00 |" in told
    assert "broken ended with 1" in told
    assert "no peer here" in told


def test_an_unknown_question_is_refused(
    benchmarks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the names of those there are."""
    with pytest.raises(SystemExit):
        _asked(monkeypatch, benchmarks, "slow")
    assert "quick, broken" in capsys.readouterr().err


def test_every_question_has_its_benchmark() -> None:
    """A script of that name, which takes `--json`."""
    for question in run.QUESTIONS:
        assert "--json" in (run.HERE / f"{question}.py").read_text(encoding="utf-8")
