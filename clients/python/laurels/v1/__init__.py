"""Version 1 of the Laurels API: generated messages, clients and servicer bases.

Import the modules by name, for example `from laurels.v1 import progress_service_pb2`.
They are written by `make generate`; their documentation comes from the protos.
"""
