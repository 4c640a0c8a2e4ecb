"""A local page with four parts: describe a class, draw symbols, type texts, make a class table.

The server is that of the standard library, so that nothing has to be installed for it. What it leaves to its user is in
`http`: who may ask, how large and how slow a request may be, and how much is computed at a time. Each of the `parts`
turns one checked question into one answer, and nothing of it is kept but the prepared classes of the last questions,
under a key of the page that asked.
"""
