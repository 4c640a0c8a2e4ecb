"""A local page with three parts: describe a class, draw symbols, type texts.

The server is that of the standard library, so that nothing has to be installed for it; what it leaves to its user is in
this folder: who may ask (`_guard`), how large and how slow a request may be (`_server`, `_bodies`), and how much is
computed at a time (`_work`). Each part (`_describe`, `_draw`, `_text`) turns one checked request into one answer, and
nothing of a request is kept but the classes of the last clients, each under the client's own key.
"""
