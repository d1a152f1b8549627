package dev.laurels.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * For operators: whether everything adds up, and how far the copy in Redis is.
 * An audit changes nothing and may run while the service is used. What is written
 * meanwhile is never mistaken for a finding: each learner is looked at in one
 * snapshot of PostgreSQL, and a difference to Redis counts only once Redis has
 * passed that snapshot and still differs.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class AuditServiceGrpc {

  private AuditServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "laurels.v1.AuditService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.AuditUserRequest,
      dev.laurels.v1.AuditUserResponse> getAuditUserMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "AuditUser",
      requestType = dev.laurels.v1.AuditUserRequest.class,
      responseType = dev.laurels.v1.AuditUserResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.AuditUserRequest,
      dev.laurels.v1.AuditUserResponse> getAuditUserMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.AuditUserRequest, dev.laurels.v1.AuditUserResponse> getAuditUserMethod;
    if ((getAuditUserMethod = AuditServiceGrpc.getAuditUserMethod) == null) {
      synchronized (AuditServiceGrpc.class) {
        if ((getAuditUserMethod = AuditServiceGrpc.getAuditUserMethod) == null) {
          AuditServiceGrpc.getAuditUserMethod = getAuditUserMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.AuditUserRequest, dev.laurels.v1.AuditUserResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "AuditUser"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.AuditUserRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.AuditUserResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AuditServiceMethodDescriptorSupplier("AuditUser"))
              .build();
        }
      }
    }
    return getAuditUserMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.AuditAllRequest,
      dev.laurels.v1.AuditAllResponse> getAuditAllMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "AuditAll",
      requestType = dev.laurels.v1.AuditAllRequest.class,
      responseType = dev.laurels.v1.AuditAllResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.AuditAllRequest,
      dev.laurels.v1.AuditAllResponse> getAuditAllMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.AuditAllRequest, dev.laurels.v1.AuditAllResponse> getAuditAllMethod;
    if ((getAuditAllMethod = AuditServiceGrpc.getAuditAllMethod) == null) {
      synchronized (AuditServiceGrpc.class) {
        if ((getAuditAllMethod = AuditServiceGrpc.getAuditAllMethod) == null) {
          AuditServiceGrpc.getAuditAllMethod = getAuditAllMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.AuditAllRequest, dev.laurels.v1.AuditAllResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "AuditAll"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.AuditAllRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.AuditAllResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AuditServiceMethodDescriptorSupplier("AuditAll"))
              .build();
        }
      }
    }
    return getAuditAllMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.RebuildProjectionRequest,
      dev.laurels.v1.RebuildProjectionResponse> getRebuildProjectionMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RebuildProjection",
      requestType = dev.laurels.v1.RebuildProjectionRequest.class,
      responseType = dev.laurels.v1.RebuildProjectionResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.RebuildProjectionRequest,
      dev.laurels.v1.RebuildProjectionResponse> getRebuildProjectionMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.RebuildProjectionRequest, dev.laurels.v1.RebuildProjectionResponse> getRebuildProjectionMethod;
    if ((getRebuildProjectionMethod = AuditServiceGrpc.getRebuildProjectionMethod) == null) {
      synchronized (AuditServiceGrpc.class) {
        if ((getRebuildProjectionMethod = AuditServiceGrpc.getRebuildProjectionMethod) == null) {
          AuditServiceGrpc.getRebuildProjectionMethod = getRebuildProjectionMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.RebuildProjectionRequest, dev.laurels.v1.RebuildProjectionResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RebuildProjection"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.RebuildProjectionRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.RebuildProjectionResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AuditServiceMethodDescriptorSupplier("RebuildProjection"))
              .build();
        }
      }
    }
    return getRebuildProjectionMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.GetSyncStatusRequest,
      dev.laurels.v1.GetSyncStatusResponse> getGetSyncStatusMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetSyncStatus",
      requestType = dev.laurels.v1.GetSyncStatusRequest.class,
      responseType = dev.laurels.v1.GetSyncStatusResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.GetSyncStatusRequest,
      dev.laurels.v1.GetSyncStatusResponse> getGetSyncStatusMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.GetSyncStatusRequest, dev.laurels.v1.GetSyncStatusResponse> getGetSyncStatusMethod;
    if ((getGetSyncStatusMethod = AuditServiceGrpc.getGetSyncStatusMethod) == null) {
      synchronized (AuditServiceGrpc.class) {
        if ((getGetSyncStatusMethod = AuditServiceGrpc.getGetSyncStatusMethod) == null) {
          AuditServiceGrpc.getGetSyncStatusMethod = getGetSyncStatusMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.GetSyncStatusRequest, dev.laurels.v1.GetSyncStatusResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetSyncStatus"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.GetSyncStatusRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.GetSyncStatusResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AuditServiceMethodDescriptorSupplier("GetSyncStatus"))
              .build();
        }
      }
    }
    return getGetSyncStatusMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static AuditServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AuditServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AuditServiceStub>() {
        @java.lang.Override
        public AuditServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AuditServiceStub(channel, callOptions);
        }
      };
    return AuditServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static AuditServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AuditServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AuditServiceBlockingV2Stub>() {
        @java.lang.Override
        public AuditServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AuditServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return AuditServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static AuditServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AuditServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AuditServiceBlockingStub>() {
        @java.lang.Override
        public AuditServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AuditServiceBlockingStub(channel, callOptions);
        }
      };
    return AuditServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static AuditServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AuditServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AuditServiceFutureStub>() {
        @java.lang.Override
        public AuditServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AuditServiceFutureStub(channel, callOptions);
        }
      };
    return AuditServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * For operators: whether everything adds up, and how far the copy in Redis is.
   * An audit changes nothing and may run while the service is used. What is written
   * meanwhile is never mistaken for a finding: each learner is looked at in one
   * snapshot of PostgreSQL, and a difference to Redis counts only once Redis has
   * passed that snapshot and still differs.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Checks one learner: the ledger against the total, the progress and the board.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE (STORE_UNAVAILABLE);
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    default void auditUser(dev.laurels.v1.AuditUserRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.AuditUserResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getAuditUserMethod(), responseObserver);
    }

    /**
     * <pre>
     * Checks the whole ledger, every learner and every place on the board. Sends
     * findings as they are made, progress in between, and a summary last: without
     * it, the audit did not reach its end.
     * One audit runs at a time in a server. No deadline of the server's own applies.
     * Errors: RESOURCE_EXHAUSTED (OVERLOADED) while another one runs, or a rebuild
     * that a repair would need; UNAVAILABLE (STORE_UNAVAILABLE, and with `repair`
     * PROJECTION_UNAVAILABLE); DEADLINE_EXCEEDED.
     * </pre>
     */
    default void auditAll(dev.laurels.v1.AuditAllRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.AuditAllResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getAuditAllMethod(), responseObserver);
    }

    /**
     * <pre>
     * Builds the copy in Redis anew from PostgreSQL and puts it in place of the old
     * one, which answers until then. Sends progress; the last message has `in_use`
     * true, unless another build was put in place meanwhile.
     * Errors: RESOURCE_EXHAUSTED (OVERLOADED) while this server builds one for
     * someone else; UNAVAILABLE (STORE_UNAVAILABLE, PROJECTION_UNAVAILABLE);
     * DEADLINE_EXCEEDED. Whatever the error, the old copy stays in use.
     * </pre>
     */
    default void rebuildProjection(dev.laurels.v1.RebuildProjectionRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.RebuildProjectionResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRebuildProjectionMethod(), responseObserver);
    }

    /**
     * <pre>
     * Tells how far the copy in Redis is behind the ledger.
     * Errors: UNAVAILABLE (STORE_UNAVAILABLE); DEADLINE_EXCEEDED. Redis being away is
     * an answer, not an error.
     * </pre>
     */
    default void getSyncStatus(dev.laurels.v1.GetSyncStatusRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.GetSyncStatusResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetSyncStatusMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service AuditService.
   * <pre>
   * For operators: whether everything adds up, and how far the copy in Redis is.
   * An audit changes nothing and may run while the service is used. What is written
   * meanwhile is never mistaken for a finding: each learner is looked at in one
   * snapshot of PostgreSQL, and a difference to Redis counts only once Redis has
   * passed that snapshot and still differs.
   * </pre>
   */
  public static abstract class AuditServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return AuditServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service AuditService.
   * <pre>
   * For operators: whether everything adds up, and how far the copy in Redis is.
   * An audit changes nothing and may run while the service is used. What is written
   * meanwhile is never mistaken for a finding: each learner is looked at in one
   * snapshot of PostgreSQL, and a difference to Redis counts only once Redis has
   * passed that snapshot and still differs.
   * </pre>
   */
  public static final class AuditServiceStub
      extends io.grpc.stub.AbstractAsyncStub<AuditServiceStub> {
    private AuditServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AuditServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AuditServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Checks one learner: the ledger against the total, the progress and the board.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE (STORE_UNAVAILABLE);
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    public void auditUser(dev.laurels.v1.AuditUserRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.AuditUserResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getAuditUserMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Checks the whole ledger, every learner and every place on the board. Sends
     * findings as they are made, progress in between, and a summary last: without
     * it, the audit did not reach its end.
     * One audit runs at a time in a server. No deadline of the server's own applies.
     * Errors: RESOURCE_EXHAUSTED (OVERLOADED) while another one runs, or a rebuild
     * that a repair would need; UNAVAILABLE (STORE_UNAVAILABLE, and with `repair`
     * PROJECTION_UNAVAILABLE); DEADLINE_EXCEEDED.
     * </pre>
     */
    public void auditAll(dev.laurels.v1.AuditAllRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.AuditAllResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getAuditAllMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Builds the copy in Redis anew from PostgreSQL and puts it in place of the old
     * one, which answers until then. Sends progress; the last message has `in_use`
     * true, unless another build was put in place meanwhile.
     * Errors: RESOURCE_EXHAUSTED (OVERLOADED) while this server builds one for
     * someone else; UNAVAILABLE (STORE_UNAVAILABLE, PROJECTION_UNAVAILABLE);
     * DEADLINE_EXCEEDED. Whatever the error, the old copy stays in use.
     * </pre>
     */
    public void rebuildProjection(dev.laurels.v1.RebuildProjectionRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.RebuildProjectionResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getRebuildProjectionMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Tells how far the copy in Redis is behind the ledger.
     * Errors: UNAVAILABLE (STORE_UNAVAILABLE); DEADLINE_EXCEEDED. Redis being away is
     * an answer, not an error.
     * </pre>
     */
    public void getSyncStatus(dev.laurels.v1.GetSyncStatusRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.GetSyncStatusResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetSyncStatusMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service AuditService.
   * <pre>
   * For operators: whether everything adds up, and how far the copy in Redis is.
   * An audit changes nothing and may run while the service is used. What is written
   * meanwhile is never mistaken for a finding: each learner is looked at in one
   * snapshot of PostgreSQL, and a difference to Redis counts only once Redis has
   * passed that snapshot and still differs.
   * </pre>
   */
  public static final class AuditServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<AuditServiceBlockingV2Stub> {
    private AuditServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AuditServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AuditServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Checks one learner: the ledger against the total, the progress and the board.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE (STORE_UNAVAILABLE);
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.AuditUserResponse auditUser(dev.laurels.v1.AuditUserRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getAuditUserMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Checks the whole ledger, every learner and every place on the board. Sends
     * findings as they are made, progress in between, and a summary last: without
     * it, the audit did not reach its end.
     * One audit runs at a time in a server. No deadline of the server's own applies.
     * Errors: RESOURCE_EXHAUSTED (OVERLOADED) while another one runs, or a rebuild
     * that a repair would need; UNAVAILABLE (STORE_UNAVAILABLE, and with `repair`
     * PROJECTION_UNAVAILABLE); DEADLINE_EXCEEDED.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, dev.laurels.v1.AuditAllResponse>
        auditAll(dev.laurels.v1.AuditAllRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getAuditAllMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Builds the copy in Redis anew from PostgreSQL and puts it in place of the old
     * one, which answers until then. Sends progress; the last message has `in_use`
     * true, unless another build was put in place meanwhile.
     * Errors: RESOURCE_EXHAUSTED (OVERLOADED) while this server builds one for
     * someone else; UNAVAILABLE (STORE_UNAVAILABLE, PROJECTION_UNAVAILABLE);
     * DEADLINE_EXCEEDED. Whatever the error, the old copy stays in use.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, dev.laurels.v1.RebuildProjectionResponse>
        rebuildProjection(dev.laurels.v1.RebuildProjectionRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getRebuildProjectionMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells how far the copy in Redis is behind the ledger.
     * Errors: UNAVAILABLE (STORE_UNAVAILABLE); DEADLINE_EXCEEDED. Redis being away is
     * an answer, not an error.
     * </pre>
     */
    public dev.laurels.v1.GetSyncStatusResponse getSyncStatus(dev.laurels.v1.GetSyncStatusRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetSyncStatusMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service AuditService.
   * <pre>
   * For operators: whether everything adds up, and how far the copy in Redis is.
   * An audit changes nothing and may run while the service is used. What is written
   * meanwhile is never mistaken for a finding: each learner is looked at in one
   * snapshot of PostgreSQL, and a difference to Redis counts only once Redis has
   * passed that snapshot and still differs.
   * </pre>
   */
  public static final class AuditServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<AuditServiceBlockingStub> {
    private AuditServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AuditServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AuditServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Checks one learner: the ledger against the total, the progress and the board.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE (STORE_UNAVAILABLE);
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.AuditUserResponse auditUser(dev.laurels.v1.AuditUserRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getAuditUserMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Checks the whole ledger, every learner and every place on the board. Sends
     * findings as they are made, progress in between, and a summary last: without
     * it, the audit did not reach its end.
     * One audit runs at a time in a server. No deadline of the server's own applies.
     * Errors: RESOURCE_EXHAUSTED (OVERLOADED) while another one runs, or a rebuild
     * that a repair would need; UNAVAILABLE (STORE_UNAVAILABLE, and with `repair`
     * PROJECTION_UNAVAILABLE); DEADLINE_EXCEEDED.
     * </pre>
     */
    public java.util.Iterator<dev.laurels.v1.AuditAllResponse> auditAll(
        dev.laurels.v1.AuditAllRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getAuditAllMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Builds the copy in Redis anew from PostgreSQL and puts it in place of the old
     * one, which answers until then. Sends progress; the last message has `in_use`
     * true, unless another build was put in place meanwhile.
     * Errors: RESOURCE_EXHAUSTED (OVERLOADED) while this server builds one for
     * someone else; UNAVAILABLE (STORE_UNAVAILABLE, PROJECTION_UNAVAILABLE);
     * DEADLINE_EXCEEDED. Whatever the error, the old copy stays in use.
     * </pre>
     */
    public java.util.Iterator<dev.laurels.v1.RebuildProjectionResponse> rebuildProjection(
        dev.laurels.v1.RebuildProjectionRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getRebuildProjectionMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells how far the copy in Redis is behind the ledger.
     * Errors: UNAVAILABLE (STORE_UNAVAILABLE); DEADLINE_EXCEEDED. Redis being away is
     * an answer, not an error.
     * </pre>
     */
    public dev.laurels.v1.GetSyncStatusResponse getSyncStatus(dev.laurels.v1.GetSyncStatusRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetSyncStatusMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service AuditService.
   * <pre>
   * For operators: whether everything adds up, and how far the copy in Redis is.
   * An audit changes nothing and may run while the service is used. What is written
   * meanwhile is never mistaken for a finding: each learner is looked at in one
   * snapshot of PostgreSQL, and a difference to Redis counts only once Redis has
   * passed that snapshot and still differs.
   * </pre>
   */
  public static final class AuditServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<AuditServiceFutureStub> {
    private AuditServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AuditServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AuditServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Checks one learner: the ledger against the total, the progress and the board.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE (STORE_UNAVAILABLE);
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.AuditUserResponse> auditUser(
        dev.laurels.v1.AuditUserRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getAuditUserMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Tells how far the copy in Redis is behind the ledger.
     * Errors: UNAVAILABLE (STORE_UNAVAILABLE); DEADLINE_EXCEEDED. Redis being away is
     * an answer, not an error.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.GetSyncStatusResponse> getSyncStatus(
        dev.laurels.v1.GetSyncStatusRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetSyncStatusMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_AUDIT_USER = 0;
  private static final int METHODID_AUDIT_ALL = 1;
  private static final int METHODID_REBUILD_PROJECTION = 2;
  private static final int METHODID_GET_SYNC_STATUS = 3;

  private static final class MethodHandlers<Req, Resp> implements
      io.grpc.stub.ServerCalls.UnaryMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ServerStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ClientStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.BidiStreamingMethod<Req, Resp> {
    private final AsyncService serviceImpl;
    private final int methodId;

    MethodHandlers(AsyncService serviceImpl, int methodId) {
      this.serviceImpl = serviceImpl;
      this.methodId = methodId;
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public void invoke(Req request, io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_AUDIT_USER:
          serviceImpl.auditUser((dev.laurels.v1.AuditUserRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.AuditUserResponse>) responseObserver);
          break;
        case METHODID_AUDIT_ALL:
          serviceImpl.auditAll((dev.laurels.v1.AuditAllRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.AuditAllResponse>) responseObserver);
          break;
        case METHODID_REBUILD_PROJECTION:
          serviceImpl.rebuildProjection((dev.laurels.v1.RebuildProjectionRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.RebuildProjectionResponse>) responseObserver);
          break;
        case METHODID_GET_SYNC_STATUS:
          serviceImpl.getSyncStatus((dev.laurels.v1.GetSyncStatusRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.GetSyncStatusResponse>) responseObserver);
          break;
        default:
          throw new AssertionError();
      }
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public io.grpc.stub.StreamObserver<Req> invoke(
        io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getAuditUserMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.AuditUserRequest,
              dev.laurels.v1.AuditUserResponse>(
                service, METHODID_AUDIT_USER)))
        .addMethod(
          getAuditAllMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              dev.laurels.v1.AuditAllRequest,
              dev.laurels.v1.AuditAllResponse>(
                service, METHODID_AUDIT_ALL)))
        .addMethod(
          getRebuildProjectionMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              dev.laurels.v1.RebuildProjectionRequest,
              dev.laurels.v1.RebuildProjectionResponse>(
                service, METHODID_REBUILD_PROJECTION)))
        .addMethod(
          getGetSyncStatusMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.GetSyncStatusRequest,
              dev.laurels.v1.GetSyncStatusResponse>(
                service, METHODID_GET_SYNC_STATUS)))
        .build();
  }

  private static abstract class AuditServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    AuditServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.laurels.v1.AuditServiceProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("AuditService");
    }
  }

  private static final class AuditServiceFileDescriptorSupplier
      extends AuditServiceBaseDescriptorSupplier {
    AuditServiceFileDescriptorSupplier() {}
  }

  private static final class AuditServiceMethodDescriptorSupplier
      extends AuditServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    AuditServiceMethodDescriptorSupplier(java.lang.String methodName) {
      this.methodName = methodName;
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.MethodDescriptor getMethodDescriptor() {
      return getServiceDescriptor().findMethodByName(methodName);
    }
  }

  private static volatile io.grpc.ServiceDescriptor serviceDescriptor;

  public static io.grpc.ServiceDescriptor getServiceDescriptor() {
    io.grpc.ServiceDescriptor result = serviceDescriptor;
    if (result == null) {
      synchronized (AuditServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new AuditServiceFileDescriptorSupplier())
              .addMethod(getAuditUserMethod())
              .addMethod(getAuditAllMethod())
              .addMethod(getRebuildProjectionMethod())
              .addMethod(getGetSyncStatusMethod())
              .build();
        }
      }
    }
    return result;
  }
}
