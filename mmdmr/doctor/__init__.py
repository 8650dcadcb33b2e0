"""What is wrong with an environment, and what to do.

Facts are gathered (:mod:`~mmdmr.doctor.gathering`), partly in processes of
their own, since a broken library may end the process that imports it. Checks
are functions of these facts; :data:`~mmdmr.doctor.symptoms.SYMPTOMS` and
:data:`~mmdmr.doctor.combinations.COMBINATIONS` are the tables of what users
report. Nothing here imports a library that the doctor examines, NumPy
included, but :mod:`~mmdmr.doctor.probes` and :mod:`~mmdmr.doctor.training`,
which run in these processes.
"""
