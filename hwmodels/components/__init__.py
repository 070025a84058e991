"""Circuit components, one file each: geometry, delay, energy and leakage in closed form.

Facts and equations: ``docs/models/neurosim.md``, after DNN+NeuroSim V1.4 (Peng et al., IEDM 2019).
Every function is compiled; ``process`` is one record of `hwmodels.technology.RECORD`.
"""
