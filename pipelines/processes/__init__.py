"""Work in other processes, of which one may die.

``batch`` is for work of our own, locally or on Ray (``nodes`` where results are files): a worker's death is an error.
Where bytes of an archive are read it costs one task, and tasks have limits: ``worker_pool`` is for an event loop,
``isolated`` for all else. How all of them begin is in ``beginning``.
"""
