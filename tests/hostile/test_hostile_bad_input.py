"""Bad input gets one clear error with its place, the right exit code, and nothing half-written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from policykit.cli.start import run
from tests.build import ACCURATE, ENOUGH, EQUAL, people, write_bundle, write_policy

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_policy(Path("p.yaml"), ACCURATE, EQUAL, ENOUGH)


def gate(*more: str, policy: str = "p.yaml") -> int:
    return run(["gate", "b", "-p", policy, "-o", "json=r.json", *more])


def reasons() -> list[str]:
    return [rule["reason"] for rule in json.loads(Path("r.json").read_text())["rules"]]


def causes() -> set[str]:
    return {rule["cause"] for rule in json.loads(Path("r.json").read_text())["rules"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: " + b"[" * 10_000 + b"]" * 10_000, "bad.yaml:1:35: PK005 values are nested more than 32 deep"),
        (b"a: &a [x,x]\nb: [*a,*a]\n", "bad.yaml:1:4: PK007 anchors are not allowed: `&a`"),
        (b"policykit: policy/1\na: 1\na: 2\n", "bad.yaml:3:1"),
        (b"policykit: policy/1\nt: !!python/object/apply:os.system [id]\n", "bad.yaml:2:4"),
        (b"policykit: policy/1\n---\nb: 2\n", "bad.yaml:2:1"),
        (b"policykit: policy/1\ntitle: caf\xe9\n", "bad.yaml:2:11: PK002 the byte 0xe9 is not UTF-8"),
        (b"policykit: policy/2\n", "bad.yaml:1:12"),
    ],
)
def test_a_hostile_policy_is_2_at_its_place(text: bytes, said: str, capsys: Captured) -> None:
    write_bundle(Path("b"))
    Path("bad.yaml").write_bytes(text)
    assert gate(policy="bad.yaml") == 2
    assert said in capsys.readouterr().err


def test_a_policy_of_300_megabytes_is_refused_without_being_read(capsys: Captured) -> None:
    write_bundle(Path("b"))
    with Path("bad.yaml").open("wb") as stream:
        stream.truncate(300_000_000)
    assert gate(policy="bad.yaml") == 2
    assert "PK001 the file has 300,000,000 bytes; a document has at most 262,144" in capsys.readouterr().err


def test_a_parquet_file_cut_short_leaves_its_rules_undecided() -> None:
    data = (write_bundle(Path("b")) / "rows.parquet").read_bytes()
    Path("b/rows.parquet").write_bytes(data[: len(data) // 2])
    assert gate() == 3
    assert causes() == {"crashed"}
    assert all("`rows.parquet` cannot be read" in reason for reason in reasons())


def test_a_parquet_file_without_a_byte_says_so() -> None:
    (write_bundle(Path("b")) / "rows.parquet").write_bytes(b"")
    assert gate() == 3
    assert all("`rows.parquet` is empty: it has not one byte" in reason for reason in reasons())


def test_a_parquet_file_without_rows_is_empty() -> None:
    write_bundle(Path("b"), {"sex": [], "y": [], "yhat": []})
    assert gate() == 3
    assert causes() == {"empty"}


def test_a_parquet_file_with_a_column_twice_says_which() -> None:
    write_bundle(Path("b"))
    twice = pa.Table.from_arrays([pa.array([1, 2]), pa.array([3, 4]), pa.array(["a", "b"])], names=["y", "y", "sex"])
    pq.write_table(twice, "b/rows.parquet")
    assert gate() == 3
    assert all("has a column twice" in reason for reason in reasons())


@pytest.mark.parametrize("name", ['we "ird`', "a\nb", "😀 % .*^$", "col(x)", "' or 1=1 --", "a.b[0]", "^x$"])
def test_any_name_of_a_column_is_just_a_name(name: str) -> None:
    write_bundle(Path("b"), {**people(), name: [1.0] * 2000})
    write_policy(Path("odd.yaml"), {"check": "data.completeness", "with": {"column": name}, "at_least": "99 %"})
    assert gate("-o", "html=r.html", "-o", "markdown=r.md", policy="odd.yaml") == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"sex,y,yhat\nm,1,1\nf,0\n", "rows.csv:3:1: PK350 2 fields where the header has 3"),
        (b"sex,y,yhat\nm\xe4nnlich,1,1\n", "rows.csv:2:1: PK350 not UTF-8: the byte 0xe4 begins no character"),
        (b"sex,y,y\nm,1,1\n", "rows.csv:1:"),
    ],
)
def test_a_wrong_csv_is_2_at_its_line(content: bytes, said: str, capsys: Captured) -> None:
    write_bundle(Path("b"), file="other.parquet", datasets={"evaluation": {"path": "rows.csv"}})
    Path("b/rows.csv").write_bytes(content)
    assert gate() == 2
    assert said in capsys.readouterr().err


def test_a_csv_with_a_byte_order_mark_reads_as_one_without() -> None:
    text = b"sex,y,yhat\n" + b"m,1,1\nf,0,0\nm,0,0\nf,1,1\n" * 500
    digests = []
    for mark in (b"", b"\xef\xbb\xbf"):
        write_bundle(Path("b"), file="other.parquet", datasets={"evaluation": {"path": "rows.csv"}})
        Path("b/rows.csv").write_bytes(mark + text)
        assert gate() == 0
        digests.append([rule["findings"] for rule in json.loads(Path("r.json").read_text())["rules"]])
    assert digests[0] == digests[1]


def test_labels_of_another_type_than_predictions_leave_only_their_rules_undecided() -> None:
    data = people()
    write_bundle(Path("b"), {**data, "y": [str(value) for value in data["y"]]})
    assert gate() == 3
    assert reasons()[0] == "the column `y` holds text, the column `yhat` holds whole numbers"
    assert [rule["status"] for rule in json.loads(Path("r.json").read_text())["rules"]] == ["undecided", "pass", "pass"]


def test_a_link_in_a_bundle_is_refused(capsys: Captured) -> None:
    write_bundle(Path("b"))
    Path("b/link").symlink_to("/etc/passwd")
    assert gate() == 2
    assert "link" in capsys.readouterr().err


def test_a_file_where_a_folder_should_be_written_leaves_the_others_whole(capsys: Captured) -> None:
    write_bundle(Path("b"))
    Path("out").write_text("a file")
    assert gate("-o", "html=out/r.html") == 74
    assert Path("out").read_text() == "a file"
    assert "out/r.html" in capsys.readouterr().err


def test_a_bundle_zipped_has_the_same_subject_and_the_same_verdicts() -> None:
    write_bundle(Path("b"))
    shutil.make_archive("z", "zip", "b")
    assert gate() == 0
    folder = json.loads(Path("r.json").read_text())
    assert run(["gate", "z.zip", "-p", "p.yaml", "-o", "json=z.json"]) == 0
    assert json.loads(Path("z.json").read_text())["verdictDigest"] == folder["verdictDigest"]
