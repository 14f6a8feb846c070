"""The search for settings: a space, trials of its settings, a judge, and a recommendation.

`theta.tuning.search.search` runs it; `theta.tuning.plan.Plan` says what is searched.
"""
