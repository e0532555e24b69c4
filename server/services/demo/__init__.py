"""A made-up world to try things in: real places of 历下区, synthetic people. Start with `build.py`.

Everything follows from names and numbers alone (ids too), so that making it again changes nothing.
"""
