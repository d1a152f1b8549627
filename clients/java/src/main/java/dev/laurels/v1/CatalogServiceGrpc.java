package dev.laurels.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * The levels learners can complete, what each is worth and what it requires. XP
 * always comes from here, never from a submission.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class CatalogServiceGrpc {

  private CatalogServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "laurels.v1.CatalogService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.UpsertLevelsRequest,
      dev.laurels.v1.UpsertLevelsResponse> getUpsertLevelsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UpsertLevels",
      requestType = dev.laurels.v1.UpsertLevelsRequest.class,
      responseType = dev.laurels.v1.UpsertLevelsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.UpsertLevelsRequest,
      dev.laurels.v1.UpsertLevelsResponse> getUpsertLevelsMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.UpsertLevelsRequest, dev.laurels.v1.UpsertLevelsResponse> getUpsertLevelsMethod;
    if ((getUpsertLevelsMethod = CatalogServiceGrpc.getUpsertLevelsMethod) == null) {
      synchronized (CatalogServiceGrpc.class) {
        if ((getUpsertLevelsMethod = CatalogServiceGrpc.getUpsertLevelsMethod) == null) {
          CatalogServiceGrpc.getUpsertLevelsMethod = getUpsertLevelsMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.UpsertLevelsRequest, dev.laurels.v1.UpsertLevelsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UpsertLevels"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.UpsertLevelsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.UpsertLevelsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new CatalogServiceMethodDescriptorSupplier("UpsertLevels"))
              .build();
        }
      }
    }
    return getUpsertLevelsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.GetLevelRequest,
      dev.laurels.v1.GetLevelResponse> getGetLevelMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetLevel",
      requestType = dev.laurels.v1.GetLevelRequest.class,
      responseType = dev.laurels.v1.GetLevelResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.GetLevelRequest,
      dev.laurels.v1.GetLevelResponse> getGetLevelMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.GetLevelRequest, dev.laurels.v1.GetLevelResponse> getGetLevelMethod;
    if ((getGetLevelMethod = CatalogServiceGrpc.getGetLevelMethod) == null) {
      synchronized (CatalogServiceGrpc.class) {
        if ((getGetLevelMethod = CatalogServiceGrpc.getGetLevelMethod) == null) {
          CatalogServiceGrpc.getGetLevelMethod = getGetLevelMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.GetLevelRequest, dev.laurels.v1.GetLevelResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetLevel"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.GetLevelRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.GetLevelResponse.getDefaultInstance()))
              .setSchemaDescriptor(new CatalogServiceMethodDescriptorSupplier("GetLevel"))
              .build();
        }
      }
    }
    return getGetLevelMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.ListLevelsRequest,
      dev.laurels.v1.ListLevelsResponse> getListLevelsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListLevels",
      requestType = dev.laurels.v1.ListLevelsRequest.class,
      responseType = dev.laurels.v1.ListLevelsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.ListLevelsRequest,
      dev.laurels.v1.ListLevelsResponse> getListLevelsMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.ListLevelsRequest, dev.laurels.v1.ListLevelsResponse> getListLevelsMethod;
    if ((getListLevelsMethod = CatalogServiceGrpc.getListLevelsMethod) == null) {
      synchronized (CatalogServiceGrpc.class) {
        if ((getListLevelsMethod = CatalogServiceGrpc.getListLevelsMethod) == null) {
          CatalogServiceGrpc.getListLevelsMethod = getListLevelsMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.ListLevelsRequest, dev.laurels.v1.ListLevelsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListLevels"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.ListLevelsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.ListLevelsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new CatalogServiceMethodDescriptorSupplier("ListLevels"))
              .build();
        }
      }
    }
    return getListLevelsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.RetireLevelRequest,
      dev.laurels.v1.RetireLevelResponse> getRetireLevelMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RetireLevel",
      requestType = dev.laurels.v1.RetireLevelRequest.class,
      responseType = dev.laurels.v1.RetireLevelResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.RetireLevelRequest,
      dev.laurels.v1.RetireLevelResponse> getRetireLevelMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.RetireLevelRequest, dev.laurels.v1.RetireLevelResponse> getRetireLevelMethod;
    if ((getRetireLevelMethod = CatalogServiceGrpc.getRetireLevelMethod) == null) {
      synchronized (CatalogServiceGrpc.class) {
        if ((getRetireLevelMethod = CatalogServiceGrpc.getRetireLevelMethod) == null) {
          CatalogServiceGrpc.getRetireLevelMethod = getRetireLevelMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.RetireLevelRequest, dev.laurels.v1.RetireLevelResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RetireLevel"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.RetireLevelRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.RetireLevelResponse.getDefaultInstance()))
              .setSchemaDescriptor(new CatalogServiceMethodDescriptorSupplier("RetireLevel"))
              .build();
        }
      }
    }
    return getRetireLevelMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static CatalogServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<CatalogServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<CatalogServiceStub>() {
        @java.lang.Override
        public CatalogServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new CatalogServiceStub(channel, callOptions);
        }
      };
    return CatalogServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static CatalogServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<CatalogServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<CatalogServiceBlockingV2Stub>() {
        @java.lang.Override
        public CatalogServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new CatalogServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return CatalogServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static CatalogServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<CatalogServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<CatalogServiceBlockingStub>() {
        @java.lang.Override
        public CatalogServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new CatalogServiceBlockingStub(channel, callOptions);
        }
      };
    return CatalogServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static CatalogServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<CatalogServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<CatalogServiceFutureStub>() {
        @java.lang.Override
        public CatalogServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new CatalogServiceFutureStub(channel, callOptions);
        }
      };
    return CatalogServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * The levels learners can complete, what each is worth and what it requires. XP
   * always comes from here, never from a submission.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Creates or changes up to 1000 levels, in at most 4 MiB, all of them or none. A
     * change counts for attempts booked after it; what was paid stays paid.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); FAILED_PRECONDITION
     * (PREREQUISITE_NOT_FOUND, PREREQUISITE_CYCLE, TOO_MANY_DEPENDENTS); UNAVAILABLE;
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    default void upsertLevels(dev.laurels.v1.UpsertLevelsRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.UpsertLevelsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUpsertLevelsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Returns one level, retired or not.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEVEL_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    default void getLevel(dev.laurels.v1.GetLevelRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.GetLevelResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetLevelMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists the levels by position, then `level_id`.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); UNAVAILABLE;
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    default void listLevels(dev.laurels.v1.ListLevelsRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.ListLevelsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListLevelsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Closes a level to further submissions. Progress and XP on it stay, and as a
     * prerequisite it counts as met. Retiring it again changes nothing; UpsertLevels
     * with `retired` false opens it again.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEVEL_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    default void retireLevel(dev.laurels.v1.RetireLevelRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.RetireLevelResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRetireLevelMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service CatalogService.
   * <pre>
   * The levels learners can complete, what each is worth and what it requires. XP
   * always comes from here, never from a submission.
   * </pre>
   */
  public static abstract class CatalogServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return CatalogServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service CatalogService.
   * <pre>
   * The levels learners can complete, what each is worth and what it requires. XP
   * always comes from here, never from a submission.
   * </pre>
   */
  public static final class CatalogServiceStub
      extends io.grpc.stub.AbstractAsyncStub<CatalogServiceStub> {
    private CatalogServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected CatalogServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new CatalogServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates or changes up to 1000 levels, in at most 4 MiB, all of them or none. A
     * change counts for attempts booked after it; what was paid stays paid.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); FAILED_PRECONDITION
     * (PREREQUISITE_NOT_FOUND, PREREQUISITE_CYCLE, TOO_MANY_DEPENDENTS); UNAVAILABLE;
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    public void upsertLevels(dev.laurels.v1.UpsertLevelsRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.UpsertLevelsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUpsertLevelsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Returns one level, retired or not.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEVEL_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public void getLevel(dev.laurels.v1.GetLevelRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.GetLevelResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetLevelMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists the levels by position, then `level_id`.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); UNAVAILABLE;
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    public void listLevels(dev.laurels.v1.ListLevelsRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.ListLevelsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListLevelsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Closes a level to further submissions. Progress and XP on it stay, and as a
     * prerequisite it counts as met. Retiring it again changes nothing; UpsertLevels
     * with `retired` false opens it again.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEVEL_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public void retireLevel(dev.laurels.v1.RetireLevelRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.RetireLevelResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRetireLevelMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service CatalogService.
   * <pre>
   * The levels learners can complete, what each is worth and what it requires. XP
   * always comes from here, never from a submission.
   * </pre>
   */
  public static final class CatalogServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<CatalogServiceBlockingV2Stub> {
    private CatalogServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected CatalogServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new CatalogServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates or changes up to 1000 levels, in at most 4 MiB, all of them or none. A
     * change counts for attempts booked after it; what was paid stays paid.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); FAILED_PRECONDITION
     * (PREREQUISITE_NOT_FOUND, PREREQUISITE_CYCLE, TOO_MANY_DEPENDENTS); UNAVAILABLE;
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.UpsertLevelsResponse upsertLevels(dev.laurels.v1.UpsertLevelsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getUpsertLevelsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns one level, retired or not.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEVEL_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.GetLevelResponse getLevel(dev.laurels.v1.GetLevelRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetLevelMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the levels by position, then `level_id`.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); UNAVAILABLE;
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.ListLevelsResponse listLevels(dev.laurels.v1.ListLevelsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListLevelsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Closes a level to further submissions. Progress and XP on it stay, and as a
     * prerequisite it counts as met. Retiring it again changes nothing; UpsertLevels
     * with `retired` false opens it again.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEVEL_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.RetireLevelResponse retireLevel(dev.laurels.v1.RetireLevelRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRetireLevelMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service CatalogService.
   * <pre>
   * The levels learners can complete, what each is worth and what it requires. XP
   * always comes from here, never from a submission.
   * </pre>
   */
  public static final class CatalogServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<CatalogServiceBlockingStub> {
    private CatalogServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected CatalogServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new CatalogServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates or changes up to 1000 levels, in at most 4 MiB, all of them or none. A
     * change counts for attempts booked after it; what was paid stays paid.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); FAILED_PRECONDITION
     * (PREREQUISITE_NOT_FOUND, PREREQUISITE_CYCLE, TOO_MANY_DEPENDENTS); UNAVAILABLE;
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.UpsertLevelsResponse upsertLevels(dev.laurels.v1.UpsertLevelsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUpsertLevelsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns one level, retired or not.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEVEL_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.GetLevelResponse getLevel(dev.laurels.v1.GetLevelRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetLevelMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the levels by position, then `level_id`.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); UNAVAILABLE;
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.ListLevelsResponse listLevels(dev.laurels.v1.ListLevelsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListLevelsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Closes a level to further submissions. Progress and XP on it stay, and as a
     * prerequisite it counts as met. Retiring it again changes nothing; UpsertLevels
     * with `retired` false opens it again.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEVEL_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.RetireLevelResponse retireLevel(dev.laurels.v1.RetireLevelRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRetireLevelMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service CatalogService.
   * <pre>
   * The levels learners can complete, what each is worth and what it requires. XP
   * always comes from here, never from a submission.
   * </pre>
   */
  public static final class CatalogServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<CatalogServiceFutureStub> {
    private CatalogServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected CatalogServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new CatalogServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates or changes up to 1000 levels, in at most 4 MiB, all of them or none. A
     * change counts for attempts booked after it; what was paid stays paid.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); FAILED_PRECONDITION
     * (PREREQUISITE_NOT_FOUND, PREREQUISITE_CYCLE, TOO_MANY_DEPENDENTS); UNAVAILABLE;
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.UpsertLevelsResponse> upsertLevels(
        dev.laurels.v1.UpsertLevelsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUpsertLevelsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Returns one level, retired or not.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEVEL_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.GetLevelResponse> getLevel(
        dev.laurels.v1.GetLevelRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetLevelMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists the levels by position, then `level_id`.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); UNAVAILABLE;
     * DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.ListLevelsResponse> listLevels(
        dev.laurels.v1.ListLevelsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListLevelsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Closes a level to further submissions. Progress and XP on it stay, and as a
     * prerequisite it counts as met. Retiring it again changes nothing; UpsertLevels
     * with `retired` false opens it again.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEVEL_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.RetireLevelResponse> retireLevel(
        dev.laurels.v1.RetireLevelRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRetireLevelMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_UPSERT_LEVELS = 0;
  private static final int METHODID_GET_LEVEL = 1;
  private static final int METHODID_LIST_LEVELS = 2;
  private static final int METHODID_RETIRE_LEVEL = 3;

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
        case METHODID_UPSERT_LEVELS:
          serviceImpl.upsertLevels((dev.laurels.v1.UpsertLevelsRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.UpsertLevelsResponse>) responseObserver);
          break;
        case METHODID_GET_LEVEL:
          serviceImpl.getLevel((dev.laurels.v1.GetLevelRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.GetLevelResponse>) responseObserver);
          break;
        case METHODID_LIST_LEVELS:
          serviceImpl.listLevels((dev.laurels.v1.ListLevelsRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.ListLevelsResponse>) responseObserver);
          break;
        case METHODID_RETIRE_LEVEL:
          serviceImpl.retireLevel((dev.laurels.v1.RetireLevelRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.RetireLevelResponse>) responseObserver);
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
          getUpsertLevelsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.UpsertLevelsRequest,
              dev.laurels.v1.UpsertLevelsResponse>(
                service, METHODID_UPSERT_LEVELS)))
        .addMethod(
          getGetLevelMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.GetLevelRequest,
              dev.laurels.v1.GetLevelResponse>(
                service, METHODID_GET_LEVEL)))
        .addMethod(
          getListLevelsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.ListLevelsRequest,
              dev.laurels.v1.ListLevelsResponse>(
                service, METHODID_LIST_LEVELS)))
        .addMethod(
          getRetireLevelMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.RetireLevelRequest,
              dev.laurels.v1.RetireLevelResponse>(
                service, METHODID_RETIRE_LEVEL)))
        .build();
  }

  private static abstract class CatalogServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    CatalogServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.laurels.v1.CatalogServiceProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("CatalogService");
    }
  }

  private static final class CatalogServiceFileDescriptorSupplier
      extends CatalogServiceBaseDescriptorSupplier {
    CatalogServiceFileDescriptorSupplier() {}
  }

  private static final class CatalogServiceMethodDescriptorSupplier
      extends CatalogServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    CatalogServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (CatalogServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new CatalogServiceFileDescriptorSupplier())
              .addMethod(getUpsertLevelsMethod())
              .addMethod(getGetLevelMethod())
              .addMethod(getListLevelsMethod())
              .addMethod(getRetireLevelMethod())
              .build();
        }
      }
    }
    return result;
  }
}
