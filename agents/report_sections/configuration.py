"""What a run was asked to do, and by which versions."""

import yaml

from agents.report_sections.markup import Section, folded, paragraph, table, text
from agents.report_sections.quantities import number
from agents.report_sections.runs import ReportRun


def configuration_section(run: ReportRun, key: str) -> Section:
    """Where the run is, versions, the search space and the resolved configuration."""
    config = run.settings.model_dump(mode="json", by_alias=True)
    versions = run.summary.get("versions", {})
    body = paragraph(f"Run directory: {run.path}")
    if versions:
        body += table(("package", "version"), versions.items(), n_left=2, caption="Versions")
    rows = [
        (
            one.name,
            one.group,
            _listed(one.choices),
            "given" if one.group in run.problem.space.frozen_groups else "searched",
        )
        for one in run.problem.space.decisions
    ]
    body += folded(
        f"The search space: {len(rows)} decisions",
        table(("decision", "group", "choices", ""), rows, n_left=4),
    )
    dumped = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    body += folded("The whole configuration", f"<pre>{text(dumped)}</pre>")
    return Section(key, "Configuration and versions", body)


def _listed(choices: tuple[object, ...]) -> str:
    return ", ".join(number(one) if isinstance(one, float) else str(one) for one in choices)
