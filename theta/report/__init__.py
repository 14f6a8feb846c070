"""The interactive page of a run: one HTML file that opens from disk and loads nothing.

`theta.report.build.build_report` makes the text of the page from plain data; nothing is saved.
"""
