"""Topics judged by coders: intrusion tasks and ratings.

`theta.intrusion.items` makes the items of a run, `theta.intrusion.kit` hands them out to coders,
`theta.intrusion.coder_files` writes what a coder gets, `theta.intrusion.answers` reads what comes
back, and `theta.intrusion.scores` computes shares, intervals and agreement.
`theta.intrusion.llm_coder` lets a language model answer.
"""
