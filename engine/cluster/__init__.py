"""`moltbox propose --ray`: the folder run of `engine.prelabel` on the workers of a Ray cluster.

Every photo goes through the same functions as in a run on one machine, so the boxes are the same. Ray is imported by
`engine.cluster.ray_run` alone, and there only when a run begins; see docs/scale.md.
"""
