"""The interactive page of a run: one self-contained HTML file that opens from disk.

`theta.report.build.build_report` returns the page as text; it writes no file.
"""
