"""The sections of the reports, one file each, beside a template of the same name.

A section is a function ``page(facts, look) -> Page | None``: the content of one template in
``templates/pages``, or None when the facts do not allow it. To add one, write the two files and
name the function in the report's list (`npsstats.reporting.leadership.report.SECTIONS`).
"""
