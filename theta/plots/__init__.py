"""Static figures for papers: one file per chart, each ``draw(...) -> Figure``; none writes a file.

`theta.pipeline.charts.CHARTS` is the table of charts, `theta.plots.save.save` writes a figure.
"""
