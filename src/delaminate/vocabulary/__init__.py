"""What words mean: ImageNet's classes, the drawn names and the kinds of things a noun stands for, in many languages.

`meaning.meaning("a golden retriever")` is where to begin; docs/reference/vocabulary.md says where the words come from.
"""
