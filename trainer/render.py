"""Reports and transcripts as a person or a program reads them: text, json, jsonl, markdown, junit, html."""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from trainer.report import CriterionResult, Report
from trainer.texts import Language, phrase
from trainer.transcript import Event, Transcript, Turn

Format = Literal["text", "json", "jsonl", "markdown", "junit", "html"]
Names = Mapping[str, str]
"""Criterion id to its name in the report's language, from the rubric that graded it."""


@dataclass(frozen=True)
class Beside:
    """What stands beside a report when it is handed out, in the report's language; all of it is text.

    ``head`` are lines above it (by which rubric it was graded, who checked it), ``said`` by criterion what people made
    of its verdict, ``lists`` titled lists below: remarks, hints taken.
    """

    head: tuple[str, ...] = ()
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()


ALONE = Beside()

MARKS = {"met": "✓", "partly": "◐", "missed": "✗", "not_applicable": "–", None: "?"}


def event_text(event: Event, language: Language) -> str:
    """An event in words: «звонит телефон (начальник)»."""
    detail = event.who or event.action or event.by
    words = phrase(language, f"render.events.{event.event}")
    return f"{words} ({phrase(language, f'render.details.{detail}')})" if detail else words


def transcript_text(transcript: Transcript, language: Language | None = None) -> str:
    """The call as lines «Менеджер: …», readable by a person and by ``readers``."""
    language = language or transcript.language or "ru"
    lines = []
    for turn in transcript.turns:
        if isinstance(turn, Turn):
            lines.append(f"{phrase(language, f'render.roles.{turn.role}')}: {turn.text}")
        else:
            lines.append(f"[{event_text(turn, language)}]")
    return "\n".join(lines)


def report_json(report: Report) -> str:
    """The report as ``call-report/1``, indented; the same report always gives the same bytes."""
    return json.dumps(report.model_dump(mode="json"), ensure_ascii=False, indent=2)


def reports_json(reports: Sequence[Report]) -> str:
    """One report as an object, several as a list."""
    if len(reports) == 1:
        return report_json(reports[0])
    return json.dumps([report.model_dump(mode="json") for report in reports], ensure_ascii=False, indent=2)


def report_jsonl(report: Report) -> str:
    """The report on one line."""
    return json.dumps(report.model_dump(mode="json"), ensure_ascii=False)


def _headline(report: Report) -> str:
    outcome = phrase(report.language, f"render.outcomes.{report.outcome or 'unknown'}")
    score = "—" if report.score is None else f"{report.score:g}"
    return phrase(report.language, "render.headline", score=score, outcome=outcome)


def _verdict(result: CriterionResult, language: Language) -> str:
    return phrase(language, f"render.verdicts.{result.verdict or 'not_judged'}")


def report_text(report: Report, names: Names) -> str:
    """The report for a terminal: outcome and score first, then what to work on, then what was met."""
    say = report.language
    lines = [f"{report.transcript or '—'}  [{report.rubric}]", _headline(report)]
    if not report.complete:
        lines.append(phrase(say, "render.incomplete"))
    lines += _feedback_text(report)
    shown = [result for result in report.criteria if result.verdict != "not_applicable"]
    for result in sorted(shown, key=lambda r: {"missed": 0, "partly": 1, None: 2}.get(r.verdict, 3)):
        review = f"  ({phrase(say, 'render.needs_review')})" if result.needs_review else ""
        rules = ", ".join(result.rule)
        lines.append(
            f"  {MARKS[result.verdict]} {names.get(result.id, result.id)} [{rules}] — {_verdict(result, say)}{review}"
        )
        lines.extend(f"      {line}" for line in (result.comment, *_quotes(result), _views(result, say)) if line)
        if result.tip:
            lines.append(f"      → {result.tip}")
    skipped = [names.get(r.id, r.id) for r in report.criteria if r.verdict == "not_applicable"]
    if skipped:
        lines.append(f"  – {phrase(say, 'render.verdicts.not_applicable')}: {', '.join(skipped)}")
    return "\n".join(lines)


def _feedback_text(report: Report) -> list[str]:
    found, say = report.feedback, report.language
    if found is None:
        return []
    lines = ["", f"  {phrase(say, 'render.feedback.heading')}: {found.question}"]
    for number, one in enumerate(found.actions, 1):
        lines.append(f"  {number}. {phrase(say, 'render.feedback.yours')}: #{one.turn} «{one.quote}»")
        lines.append(f"     {one.advice}")
        lines += [f"     {phrase(say, 'render.feedback.better')}: «{one.better}»"] if one.better else []
    return [*lines, ""]


def _views(result: CriterionResult, language: Language) -> str:
    """Who judged how, where not all were of one mind."""
    if not result.needs_review or not result.views:
        return ""
    return "; ".join(
        phrase(language, "render.views", judge=one.judge, verdict=phrase(language, f"render.verdicts.{one.verdict}"))
        if one.verdict
        else phrase(language, "render.views", judge=one.judge, verdict=one.reason or "?")
        for one in result.views
    )


def _quotes(result: CriterionResult) -> list[str]:
    return [f"#{evidence.turn} «{evidence.quote}»" for evidence in result.evidence]


def report_markdown(report: Report, names: Names, beside: Beside = ALONE) -> str:
    """The report as Markdown with what stands ``beside`` it, everything a person typed made harmless."""
    say = report.language
    lines = [f"## {_md(report.transcript or '—')}", "", f"**{_headline(report)}**", ""]
    for said in beside.head:
        lines += [_md(said), ""]
    if not report.complete:
        lines += [f"> {phrase(say, 'render.incomplete')}", ""]
    if report.feedback:
        lines += [f"### {phrase(say, 'render.feedback.heading')}", "", _md(report.feedback.question), ""]
        for number, one in enumerate(report.feedback.actions, 1):
            better = f" {phrase(say, 'render.feedback.better')}: «{_md(one.better)}»" if one.better else ""
            yours = phrase(say, "render.feedback.yours")
            lines.append(f"{number}. {yours}: \\#{one.turn} «{_md(one.quote)}». {_md(one.advice)}{better}")
        lines.append("")
    columns = (phrase(say, f"render.columns.{name}") for name in ("criterion", "verdict", "evidence"))
    lines += [f"| {' | '.join(columns)} |", "| --- | --- | --- |"]
    for result in report.criteria:
        if result.verdict == "not_applicable":
            continue
        review = f" ({phrase(say, 'render.needs_review')})" if result.needs_review else ""
        quotes = "<br>".join(_md(line) for line in _quotes(result)) or _md(result.comment)
        quotes += f"<br>{_md(_views(result, say))}" if _views(result, say) else ""
        quotes += "".join(f"<br>{_md(said)}" for said in beside.said.get(result.id, ()))
        name = f"{_md(names.get(result.id, result.id))} ({', '.join(result.rule)})"
        lines.append(f"| {name} | {MARKS[result.verdict]} {_verdict(result, say)}{review} | {quotes} |")
    tips = [result for result in report.criteria if result.tip]
    if tips:
        lines += ["", f"### {phrase(say, 'render.tips')}", ""]
        lines += [f"- **{_md(names.get(result.id, result.id))}.** {_md(result.tip)}" for result in tips]
    for title, listed in beside.lists:
        lines += ["", f"### {_md(title)}", "", *(f"- {_md(one)}" for one in listed)]
    return "\n".join(lines)


def _md(text: str) -> str:
    escaped = html.escape(text, quote=False).replace("\n", " ")
    return "".join(f"\\{c}" if c in "\\|*_`[]#!" else c for c in escaped)


def report_html(reports: Iterable[tuple[Report, Transcript, Names]], language: Language, beside: Beside = ALONE) -> str:
    """A page of its own, printable, with the quoted places of each transcript marked.

    ``beside`` is what stands beside the report, where there is only one.
    """
    parts = [_html_report(report, transcript, names, beside) for report, transcript, names in reports]
    title = html.escape(phrase(language, "render.title"))
    style = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
    told = "".join(f"<p>{html.escape(said)}</p>" for said in beside.head)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{style}</style></head><body>{told}{''.join(parts)}</body></html>"
    )


def _html_report(report: Report, transcript: Transcript, names: Names, beside: Beside) -> str:
    say = report.language
    rows = []
    for result in report.criteria:
        if result.verdict == "not_applicable":
            continue
        review = f" · {phrase(say, 'render.needs_review')}" if result.needs_review else ""
        quotes = "".join(f"<blockquote>#{e.turn} {html.escape(e.quote)}</blockquote>" for e in result.evidence)
        tip = f"<p class=tip>{html.escape(result.tip)}</p>" if result.tip else ""
        said = "".join(f"<p class=said>{html.escape(one)}</p>" for one in beside.said.get(result.id, ()))
        rows.append(
            f"<tr class={result.verdict or 'not_judged'}><th>{html.escape(names.get(result.id, result.id))}"
            f"<small> {', '.join(result.rule)}</small></th>"
            f"<td>{MARKS[result.verdict]} {_verdict(result, say)}{review}</td>"
            f"<td>{said}{html.escape(result.comment)}{quotes}<small>{html.escape(_views(result, say))}</small>{tip}"
            "</td></tr>"
        )
    lists = "".join(
        f"<h2>{html.escape(title)}</h2><ul>{''.join(f'<li>{html.escape(one)}</li>' for one in listed)}</ul>"
        for title, listed in beside.lists
    )
    incomplete = "" if report.complete else f"<p>{html.escape(phrase(say, 'render.incomplete'))}</p>"
    return (
        f"<section><h1>{html.escape(report.transcript or '—')}</h1>"
        f"<p class=head>{html.escape(_headline(report))}</p>{incomplete}{_feedback_html(report)}"
        f"<table>{''.join(rows)}</table><ol start=0 class=talk>{marked_turns(transcript, report)}</ol>{lists}</section>"
    )


def _feedback_html(report: Report) -> str:
    found, say = report.feedback, report.language
    if found is None:
        return ""
    items = []
    for one in found.actions:
        better = (
            f"<p>{phrase(say, 'render.feedback.better')}: <q>{html.escape(one.better)}</q></p>" if one.better else ""
        )
        yours = f"{phrase(say, 'render.feedback.yours')}: <q>{html.escape(one.quote)}</q>"
        items.append(f"<li><p>{yours}</p><p>{html.escape(one.advice)}</p>{better}</li>")
    heading = html.escape(phrase(say, "render.feedback.heading"))
    return f"<h2>{heading}</h2><p>{html.escape(found.question)}</p><ol>{''.join(items)}</ol>"


def marked_turns(transcript: Transcript, report: Report | None) -> str:
    """The transcript as HTML list items, each quoted piece in ``<mark>`` with its criteria as the title."""
    language = transcript.language or "ru"
    items = []
    for number, turn in enumerate(transcript.turns):
        if isinstance(turn, Event):
            items.append(f'<li class="event" value="{number}"><i>{html.escape(event_text(turn, language))}</i></li>')
            continue
        role = html.escape(phrase(language, f"render.roles.{turn.role}"))
        words = _marked(turn.text, number, report) if report else html.escape(turn.text)
        items.append(f'<li class="{turn.role}" value="{number}" id="turn-{number}"><b>{role}:</b> {words}</li>')
    return "".join(items)


def _marked(text: str, turn: int, report: Report) -> str:
    claims: dict[int, set[str]] = {}
    for result in report.criteria:
        for evidence in result.evidence:
            start = text.find(evidence.quote) if evidence.turn == turn else -1
            for place in range(start, start + len(evidence.quote)) if start >= 0 else ():
                claims.setdefault(place, set()).add(result.id)
    out, place = [], 0
    while place < len(text):
        here = claims.get(place)
        end = place + 1
        while end < len(text) and claims.get(end) == here:
            end += 1
        piece = html.escape(text[place:end])
        out.append(f'<mark title="{html.escape(", ".join(sorted(here)))}">{piece}</mark>' if here else piece)
        place = end
    return "".join(out)


def junit(
    reports: Sequence[Report], names: Mapping[str, Names], fail_under: float | None, errors: Sequence[str]
) -> str:
    """JUnit XML: a suite a call, a case a criterion; a missed criterion fails only in a call under the bar."""
    root = ElementTree.Element("testsuites", name="zvonok")
    for report in reports:
        low = fail_under is not None and (report.score is None or report.score < fail_under)
        suite = ElementTree.SubElement(root, "testsuite", name=_xml(report.transcript or "—"))
        counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        for result in report.criteria:
            counts["tests"] += 1
            name = names.get(report.rubric, {}).get(result.id, result.id)
            case = ElementTree.SubElement(suite, "testcase", classname=result.id, name=_xml(name))
            quotes = "\n".join([result.comment, *_quotes(result)])
            if result.verdict == "not_applicable":
                counts["skipped"] += 1
                ElementTree.SubElement(case, "skipped")
            elif result.verdict is None:
                counts["errors"] += 1
                ElementTree.SubElement(case, "error", message=_xml(result.reason or ""))
            elif result.verdict == "missed" and low:
                counts["failures"] += 1
                ElementTree.SubElement(case, "failure", message=_xml(result.tip or result.comment)).text = _xml(quotes)
            else:
                ElementTree.SubElement(case, "system-out").text = _xml(quotes)
        score = ElementTree.SubElement(suite, "testcase", classname="score", name=_headline(report))
        counts["tests"] += 1
        if low:
            counts["failures"] += 1
            message = phrase(report.language, "render.under", score=report.score or 0, bar=fail_under)
            ElementTree.SubElement(score, "failure", message=message)
        suite.attrib.update({key: str(value) for key, value in counts.items()})
    if errors:
        suite = ElementTree.SubElement(
            root, "testsuite", name="input", tests=str(len(errors)), errors=str(len(errors)), failures="0", skipped="0"
        )
        for error in errors:
            case = ElementTree.SubElement(suite, "testcase", classname="input", name=_xml(error))
            ElementTree.SubElement(case, "error", message=_xml(error))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _xml(text: str) -> str:
    """Only characters that XML allows."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )
