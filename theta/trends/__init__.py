"""Topics over time: shares with their uncertainty, smooth curves, change points, words by period.

`smooth` draws a curve through the means of periods, `changes` finds sudden changes in them, `words`
estimates the words of a topic in a period, and `analysis` puts them together.
"""
