"""Makes the catalogs of ``tarl.governance.compliance`` from the sources that ORIGIN.md names.

    python tools/compliance_catalogs.py SOURCE [--out DIR]

``SOURCE`` holds one JSON file for each framework. Ids become those of the official citation; the
source's own stay as aliases. A piece of text that has no number of its own is named by its place
behind the one that has (``Art. 9(5)/1``), and says so (``positional``). The same source gives the
same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OUT = Path("src/tarl/governance/compliance/data/catalogs")
Entry = dict[str, Any]

SOURCES = {
    "eu-ai-act": "eu_ai_act.json",
    "gdpr": "gdpr.json",
    "iso27001": "iso27001_2022_annexA_ids.json",
    "iso42001": "iso42001_2023_ids.json",
    "nist-800-53": "nist_800_53_rev5_high_privacy.json",
    "nist-ai-600-1": "nist_ai_600_1_risks.json",
    "nist-ai-rmf": "nist_ai_rmf_1_0.json",
    "slsa": "slsa_build_1_1.json",
    "soc2": "soc2_tsc_2017_ids.json",
}

NAMES = {
    "eu-ai-act": "Regulation (EU) 2024/1689 (Artificial Intelligence Act)",
    "gdpr": "Regulation (EU) 2016/679 (General Data Protection Regulation)",
    "iso27001": "ISO/IEC 27001:2022, Annex A",
    "iso42001": "ISO/IEC 42001:2023, Annex A",
    "nist-800-53": "NIST SP 800-53 Rev. 5, HIGH and PRIVACY baselines",
    "nist-ai-600-1": "NIST AI 600-1, Generative AI Profile (risks)",
    "nist-ai-rmf": "NIST AI RMF 1.0 (AI 100-1)",
    "slsa": "SLSA v1.1, build track",
    "soc2": "SOC 2 Trust Services Criteria 2017 (points of focus 2022)",
}

LICENCES = {
    "eu-ai-act": "(c) European Union, eur-lex.europa.eu; reuse under Decision 2011/833/EU",
    "gdpr": "(c) European Union, eur-lex.europa.eu; reuse under Decision 2011/833/EU",
    "iso27001": "identifiers and short titles alone; the text is copyright of ISO and IEC",
    "iso42001": "identifiers and short titles alone; the text is copyright of ISO and IEC",
    "nist-800-53": "work of the US Government, public domain",
    "nist-ai-600-1": "work of the US Government, public domain",
    "nist-ai-rmf": "work of the US Government, public domain",
    "slsa": "SLSA v1.1, slsa-framework/slsa, Community Specification License 1.0",
    "soc2": "identifiers alone; the text is copyright of the AICPA",
}

# Where the source's numbers are not the Official Journal's. The text itself, or its place, says so.
CORRECTED = {
    "eu-ai-act": {
        "Art.14#14.3.a": "Art. 14(3)(b)",  # the source has the two points the wrong way round
        "Art.14#14.3.b": "Art. 14(3)(a)",
        "Art.19#2": "Art. 19(1)",
        "Art.19#3": "Art. 19(2)",
        "Art.51#3": "Art. 51(1)(a)",
        "Art.51#4": "Art. 51(1)(b)",
        "Art.86#2": "Art. 86(1)",  # the next one speaks of "paragraph 1"
        "Art.86#3": "Art. 86(2)",
        "Art.86#4": "Art. 86(3)",
    },
    "gdpr": {
        "Art.72#73.2": "Art. 72(2)",  # the numbers of two neighbours are swapped
        "Art.73#72.2": "Art. 73(2)",
    },
}

SECTIONED = ("Annex I", "Annex VIII", "Annex XI")
"""Annexes whose sections each count from 1."""

ANNEX_LISTS = {"Annex III": "risk_class", "Annex IV": "document_section"}


def law(entries: list[Entry], framework: str) -> Iterator[Entry]:
    """Entries of a regulation, by their official citation."""
    last = point = ""
    behind: dict[str, int] = {}
    for entry in entries:
        place, article = entry["id"].partition("#")[2], entry["article"]
        head = re.sub(r"^Art\.", "Art. ", article)
        positional = False
        if place in ("1", f"Article {article[4:]}") and entry["text"] and head not in behind:
            cited, last, role = head, head, "context"
            behind[head] = 0
        else:
            role = "obligation" if entry["assessable"] else "context"
            cited = CORRECTED[framework].get(entry["id"]) or numbered(framework, entry)
            if cited is None and re.fullmatch("[a-z]", place) and point:
                cited, positional = f"{point}({place})", True
            elif cited is None:
                behind[last] = behind.get(last, 0) + 1
                cited, positional = f"{last}/{behind[last]}", True
                point = cited
            else:
                last, point = (paragraph(cited), "")
            role = ANNEX_LISTS.get(article, role) if not positional else role
        yield {
            "id": cited,
            "title": entry["title"].strip() if framework == "gdpr" else "",
            "text": (entry["text"] or "").strip(),
            "group": head,
            "role": role,
            "positional": positional,
            "aliases": [entry["id"]],
        }


def numbered(framework: str, entry: Entry) -> str | None:
    """The citation that an entry's own number, or that of its text, gives; None if it has none."""
    place, article, text = entry["id"].partition("#")[2], entry["article"], entry["text"]
    if article in SECTIONED:
        return None
    if article.startswith("Annex"):
        first = re.match(r"\s*(\d+)\.", text or "") or re.search(r"\n(1)\.\s", text or "")
        return f"{article}({first[1]})" if first else None
    number = article.removeprefix("Art.")
    found = re.fullmatch(rf"{number}((?:\.[0-9]+|\.[a-z]+)+)", place)
    if found is None:
        return None
    parts = found[1].split(".")[1:]
    if framework == "eu-ai-act" and article == "Art.3":  # it counts the chapeau as the first
        return f"Art. 3({int(parts[0]) - 1})" if parts[0] != "1" else None
    return f"Art. {number}" + "".join(f"({part})" for part in parts)


def paragraph(cited: str) -> str:
    """The numbered paragraph that a citation is within."""
    return re.match(r"[^(]+(\(\d+\))?", cited)[0]  # type: ignore[index]


def of_law(framework: str) -> Any:
    def read(entries: list[Entry]) -> list[Entry]:
        found = list(law(entries, framework))
        titles = {e["group"]: e["text"].rstrip("` ") for e in found if e["id"] == e["group"]}
        return [{**each, "title": titles[each["group"]]} for each in found]

    return read


def nist_800_53(entries: list[Entry]) -> list[Entry]:
    found = []
    for entry in entries:
        text = re.sub(r"\{\{ insert: param, ([^ }]+) \}\}", r"[Assignment: \1]", entry["text"])
        cited = re.sub(r"\.(\d+)$", r"(\1)", entry["id"])
        names = [] if cited == entry["id"] else [entry["id"]]
        extra = {"group": cited[:2], "aliases": names, "baselines": entry["baselines"]}
        found.append({"id": cited, "title": entry["title"], "text": text, **extra})
    return found


def nist_ai_rmf(entries: list[Entry]) -> list[Entry]:
    found = []
    for entry in entries:
        cited = entry["id"].replace("-", " ")
        text = re.sub(r"^contextspecific", "context-specific", entry["text"])
        group = cited.partition(" ")[0]
        names = [entry["id"]]
        found.append({"id": cited, "title": "", "text": text, "group": group, "aliases": names})
    return found


def nist_ai_600_1(entries: list[Entry]) -> list[Entry]:
    found = []
    for entry in entries:  # the risks are its sections 2.1 to 2.12
        n = entry["id"].removeprefix("GAI-")
        extra = {"group": "2", "aliases": [entry["id"]]}
        found.append({"id": f"2.{n}", "title": entry["title"], "text": "", **extra})
    return found


def slsa(entries: list[Entry]) -> list[Entry]:
    names = {"title", "text", "id", "level"}
    return [
        {**{k: v for k, v in entry.items() if k in names}, "group": f"Build L{entry['level']}"}
        for entry in entries
    ]


def short(entries: list[Entry]) -> list[Entry]:
    found = []
    for entry in entries:
        title, group = entry["title"] or "", re.split(r"[.\d]", entry["id"])[0]
        group = ".".join(entry["id"].split(".")[:2]) if group == "A" and title else group
        found.append({"id": entry["id"], "title": title, "text": "", "group": group})
    return found


READERS = {
    "eu-ai-act": of_law("eu-ai-act"),
    "gdpr": of_law("gdpr"),
    "nist-800-53": nist_800_53,
    "nist-ai-600-1": nist_ai_600_1,
    "nist-ai-rmf": nist_ai_rmf,
    "slsa": slsa,
}


def catalog(framework: str, source: Path) -> dict[str, Any]:
    """A framework's catalog; refuses two entries of one name."""
    entries = json.loads(source.read_text())["requirements"]
    found = READERS.get(framework, short)(entries)
    names = [name for entry in found for name in (entry["id"], *entry.get("aliases", ()))]
    keys = [re.sub(r"\s", "", name).casefold() for name in names]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice or len(found) != len(entries):
        raise SystemExit(f"{framework}: {len(found)} of {len(entries)}, twice: {sorted(twice)}")
    kept = [{k: v for k, v in entry.items() if v not in ("", [], False)} for entry in found]
    head = {"framework": framework, "name": NAMES[framework], "licence": LICENCES[framework]}
    return {**head, "requirements": kept}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for framework, name in SOURCES.items():
        made = catalog(framework, asked.source / name)
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        data = gzip.compress(text.encode(), compresslevel=9, mtime=0)
        (asked.out / f"{framework}.json.gz").write_bytes(data)
        print(f"{framework:14} {len(made['requirements']):5} {len(data):8} bytes")


if __name__ == "__main__":
    main()
