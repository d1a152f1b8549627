"""gRPC: the only room that knows protobuf. Servicers stay thin; the work is in `usecases`."""
