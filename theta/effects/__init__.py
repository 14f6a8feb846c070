"""Effects of document covariates on topic shares, with the uncertainty of the shares.

`formula` makes a design matrix of a formula, `regression` fits all topics at once, `pooling`
combines the draws from the posterior of the shares, `targets` says which quantities are reported,
and `analysis` puts the four together.
"""
