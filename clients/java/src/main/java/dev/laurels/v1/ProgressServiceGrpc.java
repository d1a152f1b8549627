package dev.laurels.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Learners' attempts at levels: stores the progress, books the XP exactly once
 * and unlocks what follows, all in one database transaction.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class ProgressServiceGrpc {

  private ProgressServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "laurels.v1.ProgressService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.SubmitProgressRequest,
      dev.laurels.v1.SubmitProgressResponse> getSubmitProgressMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "SubmitProgress",
      requestType = dev.laurels.v1.SubmitProgressRequest.class,
      responseType = dev.laurels.v1.SubmitProgressResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.SubmitProgressRequest,
      dev.laurels.v1.SubmitProgressResponse> getSubmitProgressMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.SubmitProgressRequest, dev.laurels.v1.SubmitProgressResponse> getSubmitProgressMethod;
    if ((getSubmitProgressMethod = ProgressServiceGrpc.getSubmitProgressMethod) == null) {
      synchronized (ProgressServiceGrpc.class) {
        if ((getSubmitProgressMethod = ProgressServiceGrpc.getSubmitProgressMethod) == null) {
          ProgressServiceGrpc.getSubmitProgressMethod = getSubmitProgressMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.SubmitProgressRequest, dev.laurels.v1.SubmitProgressResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "SubmitProgress"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.SubmitProgressRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.SubmitProgressResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ProgressServiceMethodDescriptorSupplier("SubmitProgress"))
              .build();
        }
      }
    }
    return getSubmitProgressMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.BatchSubmitProgressRequest,
      dev.laurels.v1.BatchSubmitProgressResponse> getBatchSubmitProgressMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "BatchSubmitProgress",
      requestType = dev.laurels.v1.BatchSubmitProgressRequest.class,
      responseType = dev.laurels.v1.BatchSubmitProgressResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.BatchSubmitProgressRequest,
      dev.laurels.v1.BatchSubmitProgressResponse> getBatchSubmitProgressMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.BatchSubmitProgressRequest, dev.laurels.v1.BatchSubmitProgressResponse> getBatchSubmitProgressMethod;
    if ((getBatchSubmitProgressMethod = ProgressServiceGrpc.getBatchSubmitProgressMethod) == null) {
      synchronized (ProgressServiceGrpc.class) {
        if ((getBatchSubmitProgressMethod = ProgressServiceGrpc.getBatchSubmitProgressMethod) == null) {
          ProgressServiceGrpc.getBatchSubmitProgressMethod = getBatchSubmitProgressMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.BatchSubmitProgressRequest, dev.laurels.v1.BatchSubmitProgressResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "BatchSubmitProgress"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.BatchSubmitProgressRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.BatchSubmitProgressResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ProgressServiceMethodDescriptorSupplier("BatchSubmitProgress"))
              .build();
        }
      }
    }
    return getBatchSubmitProgressMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.GetSubmissionRequest,
      dev.laurels.v1.GetSubmissionResponse> getGetSubmissionMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetSubmission",
      requestType = dev.laurels.v1.GetSubmissionRequest.class,
      responseType = dev.laurels.v1.GetSubmissionResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.GetSubmissionRequest,
      dev.laurels.v1.GetSubmissionResponse> getGetSubmissionMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.GetSubmissionRequest, dev.laurels.v1.GetSubmissionResponse> getGetSubmissionMethod;
    if ((getGetSubmissionMethod = ProgressServiceGrpc.getGetSubmissionMethod) == null) {
      synchronized (ProgressServiceGrpc.class) {
        if ((getGetSubmissionMethod = ProgressServiceGrpc.getGetSubmissionMethod) == null) {
          ProgressServiceGrpc.getGetSubmissionMethod = getGetSubmissionMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.GetSubmissionRequest, dev.laurels.v1.GetSubmissionResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetSubmission"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.GetSubmissionRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.GetSubmissionResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ProgressServiceMethodDescriptorSupplier("GetSubmission"))
              .build();
        }
      }
    }
    return getGetSubmissionMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.ListProgressRequest,
      dev.laurels.v1.ListProgressResponse> getListProgressMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListProgress",
      requestType = dev.laurels.v1.ListProgressRequest.class,
      responseType = dev.laurels.v1.ListProgressResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.ListProgressRequest,
      dev.laurels.v1.ListProgressResponse> getListProgressMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.ListProgressRequest, dev.laurels.v1.ListProgressResponse> getListProgressMethod;
    if ((getListProgressMethod = ProgressServiceGrpc.getListProgressMethod) == null) {
      synchronized (ProgressServiceGrpc.class) {
        if ((getListProgressMethod = ProgressServiceGrpc.getListProgressMethod) == null) {
          ProgressServiceGrpc.getListProgressMethod = getListProgressMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.ListProgressRequest, dev.laurels.v1.ListProgressResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListProgress"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.ListProgressRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.ListProgressResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ProgressServiceMethodDescriptorSupplier("ListProgress"))
              .build();
        }
      }
    }
    return getListProgressMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static ProgressServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ProgressServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ProgressServiceStub>() {
        @java.lang.Override
        public ProgressServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ProgressServiceStub(channel, callOptions);
        }
      };
    return ProgressServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static ProgressServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ProgressServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ProgressServiceBlockingV2Stub>() {
        @java.lang.Override
        public ProgressServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ProgressServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return ProgressServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static ProgressServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ProgressServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ProgressServiceBlockingStub>() {
        @java.lang.Override
        public ProgressServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ProgressServiceBlockingStub(channel, callOptions);
        }
      };
    return ProgressServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static ProgressServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ProgressServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ProgressServiceFutureStub>() {
        @java.lang.Override
        public ProgressServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ProgressServiceFutureStub(channel, callOptions);
        }
      };
    return ProgressServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Learners' attempts at levels: stores the progress, books the XP exactly once
   * and unlocks what follows, all in one database transaction.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Records one attempt at a level and answers what it was worth.
     * Everything an attempt changes is committed together or not at all: the
     * progress on the level, the ledger entry, the learner's total, and with them
     * the unlocking of later levels. The leaderboard follows within milliseconds;
     * pass `consistency_token` to a read that must already show it.
     * Safe to repeat when `request_id` is set: the same id with the same content
     * answers the first answer again with `replayed` true.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * LEVEL_NOT_FOUND); FAILED_PRECONDITION (LEVEL_LOCKED, LEVEL_RETIRED,
     * XP_OUT_OF_RANGE); ALREADY_EXISTS (REQUEST_ID_REUSED); RESOURCE_EXHAUSTED
     * (OVERLOADED); UNAVAILABLE (STORE_UNAVAILABLE, SHUTTING_DOWN);
     * DEADLINE_EXCEEDED; INTERNAL.
     * </pre>
     */
    default void submitProgress(dev.laurels.v1.SubmitProgressRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.SubmitProgressResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getSubmitProgressMethod(), responseObserver);
    }

    /**
     * <pre>
     * Records up to 1000 attempts, of any learners, in one call.
     * Not atomic: each item is booked or refused by itself, exactly as by
     * SubmitProgress, and has its result at the same index. Items of one learner
     * are taken in the order given; the same `request_id` twice makes the second
     * one `replayed`.
     * The call itself fails only when it cannot be read, is empty or over the cap
     * (INVALID_ARGUMENT), or is out of time (DEADLINE_EXCEEDED: some items may be
     * booked; repeat with the same request ids).
     * </pre>
     */
    default void batchSubmitProgress(dev.laurels.v1.BatchSubmitProgressRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.BatchSubmitProgressResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getBatchSubmitProgressMethod(), responseObserver);
    }

    /**
     * <pre>
     * Tells what became of an earlier call that carried a `request_id`.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * SUBMISSION_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    default void getSubmission(dev.laurels.v1.GetSubmissionRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.GetSubmissionResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetSubmissionMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists every level with the learner's status on it, by the level's position,
     * then `level_id`. Retired levels are listed only where the learner has
     * attempted them.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    default void listProgress(dev.laurels.v1.ListProgressRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.ListProgressResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListProgressMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service ProgressService.
   * <pre>
   * Learners' attempts at levels: stores the progress, books the XP exactly once
   * and unlocks what follows, all in one database transaction.
   * </pre>
   */
  public static abstract class ProgressServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return ProgressServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service ProgressService.
   * <pre>
   * Learners' attempts at levels: stores the progress, books the XP exactly once
   * and unlocks what follows, all in one database transaction.
   * </pre>
   */
  public static final class ProgressServiceStub
      extends io.grpc.stub.AbstractAsyncStub<ProgressServiceStub> {
    private ProgressServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ProgressServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ProgressServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Records one attempt at a level and answers what it was worth.
     * Everything an attempt changes is committed together or not at all: the
     * progress on the level, the ledger entry, the learner's total, and with them
     * the unlocking of later levels. The leaderboard follows within milliseconds;
     * pass `consistency_token` to a read that must already show it.
     * Safe to repeat when `request_id` is set: the same id with the same content
     * answers the first answer again with `replayed` true.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * LEVEL_NOT_FOUND); FAILED_PRECONDITION (LEVEL_LOCKED, LEVEL_RETIRED,
     * XP_OUT_OF_RANGE); ALREADY_EXISTS (REQUEST_ID_REUSED); RESOURCE_EXHAUSTED
     * (OVERLOADED); UNAVAILABLE (STORE_UNAVAILABLE, SHUTTING_DOWN);
     * DEADLINE_EXCEEDED; INTERNAL.
     * </pre>
     */
    public void submitProgress(dev.laurels.v1.SubmitProgressRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.SubmitProgressResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getSubmitProgressMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Records up to 1000 attempts, of any learners, in one call.
     * Not atomic: each item is booked or refused by itself, exactly as by
     * SubmitProgress, and has its result at the same index. Items of one learner
     * are taken in the order given; the same `request_id` twice makes the second
     * one `replayed`.
     * The call itself fails only when it cannot be read, is empty or over the cap
     * (INVALID_ARGUMENT), or is out of time (DEADLINE_EXCEEDED: some items may be
     * booked; repeat with the same request ids).
     * </pre>
     */
    public void batchSubmitProgress(dev.laurels.v1.BatchSubmitProgressRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.BatchSubmitProgressResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getBatchSubmitProgressMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Tells what became of an earlier call that carried a `request_id`.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * SUBMISSION_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public void getSubmission(dev.laurels.v1.GetSubmissionRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.GetSubmissionResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetSubmissionMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists every level with the learner's status on it, by the level's position,
     * then `level_id`. Retired levels are listed only where the learner has
     * attempted them.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public void listProgress(dev.laurels.v1.ListProgressRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.ListProgressResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListProgressMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service ProgressService.
   * <pre>
   * Learners' attempts at levels: stores the progress, books the XP exactly once
   * and unlocks what follows, all in one database transaction.
   * </pre>
   */
  public static final class ProgressServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<ProgressServiceBlockingV2Stub> {
    private ProgressServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ProgressServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ProgressServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Records one attempt at a level and answers what it was worth.
     * Everything an attempt changes is committed together or not at all: the
     * progress on the level, the ledger entry, the learner's total, and with them
     * the unlocking of later levels. The leaderboard follows within milliseconds;
     * pass `consistency_token` to a read that must already show it.
     * Safe to repeat when `request_id` is set: the same id with the same content
     * answers the first answer again with `replayed` true.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * LEVEL_NOT_FOUND); FAILED_PRECONDITION (LEVEL_LOCKED, LEVEL_RETIRED,
     * XP_OUT_OF_RANGE); ALREADY_EXISTS (REQUEST_ID_REUSED); RESOURCE_EXHAUSTED
     * (OVERLOADED); UNAVAILABLE (STORE_UNAVAILABLE, SHUTTING_DOWN);
     * DEADLINE_EXCEEDED; INTERNAL.
     * </pre>
     */
    public dev.laurels.v1.SubmitProgressResponse submitProgress(dev.laurels.v1.SubmitProgressRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getSubmitProgressMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Records up to 1000 attempts, of any learners, in one call.
     * Not atomic: each item is booked or refused by itself, exactly as by
     * SubmitProgress, and has its result at the same index. Items of one learner
     * are taken in the order given; the same `request_id` twice makes the second
     * one `replayed`.
     * The call itself fails only when it cannot be read, is empty or over the cap
     * (INVALID_ARGUMENT), or is out of time (DEADLINE_EXCEEDED: some items may be
     * booked; repeat with the same request ids).
     * </pre>
     */
    public dev.laurels.v1.BatchSubmitProgressResponse batchSubmitProgress(dev.laurels.v1.BatchSubmitProgressRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getBatchSubmitProgressMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells what became of an earlier call that carried a `request_id`.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * SUBMISSION_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.GetSubmissionResponse getSubmission(dev.laurels.v1.GetSubmissionRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetSubmissionMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists every level with the learner's status on it, by the level's position,
     * then `level_id`. Retired levels are listed only where the learner has
     * attempted them.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.ListProgressResponse listProgress(dev.laurels.v1.ListProgressRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListProgressMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service ProgressService.
   * <pre>
   * Learners' attempts at levels: stores the progress, books the XP exactly once
   * and unlocks what follows, all in one database transaction.
   * </pre>
   */
  public static final class ProgressServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<ProgressServiceBlockingStub> {
    private ProgressServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ProgressServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ProgressServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Records one attempt at a level and answers what it was worth.
     * Everything an attempt changes is committed together or not at all: the
     * progress on the level, the ledger entry, the learner's total, and with them
     * the unlocking of later levels. The leaderboard follows within milliseconds;
     * pass `consistency_token` to a read that must already show it.
     * Safe to repeat when `request_id` is set: the same id with the same content
     * answers the first answer again with `replayed` true.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * LEVEL_NOT_FOUND); FAILED_PRECONDITION (LEVEL_LOCKED, LEVEL_RETIRED,
     * XP_OUT_OF_RANGE); ALREADY_EXISTS (REQUEST_ID_REUSED); RESOURCE_EXHAUSTED
     * (OVERLOADED); UNAVAILABLE (STORE_UNAVAILABLE, SHUTTING_DOWN);
     * DEADLINE_EXCEEDED; INTERNAL.
     * </pre>
     */
    public dev.laurels.v1.SubmitProgressResponse submitProgress(dev.laurels.v1.SubmitProgressRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getSubmitProgressMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Records up to 1000 attempts, of any learners, in one call.
     * Not atomic: each item is booked or refused by itself, exactly as by
     * SubmitProgress, and has its result at the same index. Items of one learner
     * are taken in the order given; the same `request_id` twice makes the second
     * one `replayed`.
     * The call itself fails only when it cannot be read, is empty or over the cap
     * (INVALID_ARGUMENT), or is out of time (DEADLINE_EXCEEDED: some items may be
     * booked; repeat with the same request ids).
     * </pre>
     */
    public dev.laurels.v1.BatchSubmitProgressResponse batchSubmitProgress(dev.laurels.v1.BatchSubmitProgressRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getBatchSubmitProgressMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells what became of an earlier call that carried a `request_id`.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * SUBMISSION_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.GetSubmissionResponse getSubmission(dev.laurels.v1.GetSubmissionRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetSubmissionMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists every level with the learner's status on it, by the level's position,
     * then `level_id`. Retired levels are listed only where the learner has
     * attempted them.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.ListProgressResponse listProgress(dev.laurels.v1.ListProgressRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListProgressMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service ProgressService.
   * <pre>
   * Learners' attempts at levels: stores the progress, books the XP exactly once
   * and unlocks what follows, all in one database transaction.
   * </pre>
   */
  public static final class ProgressServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<ProgressServiceFutureStub> {
    private ProgressServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ProgressServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ProgressServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Records one attempt at a level and answers what it was worth.
     * Everything an attempt changes is committed together or not at all: the
     * progress on the level, the ledger entry, the learner's total, and with them
     * the unlocking of later levels. The leaderboard follows within milliseconds;
     * pass `consistency_token` to a read that must already show it.
     * Safe to repeat when `request_id` is set: the same id with the same content
     * answers the first answer again with `replayed` true.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * LEVEL_NOT_FOUND); FAILED_PRECONDITION (LEVEL_LOCKED, LEVEL_RETIRED,
     * XP_OUT_OF_RANGE); ALREADY_EXISTS (REQUEST_ID_REUSED); RESOURCE_EXHAUSTED
     * (OVERLOADED); UNAVAILABLE (STORE_UNAVAILABLE, SHUTTING_DOWN);
     * DEADLINE_EXCEEDED; INTERNAL.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.SubmitProgressResponse> submitProgress(
        dev.laurels.v1.SubmitProgressRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getSubmitProgressMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Records up to 1000 attempts, of any learners, in one call.
     * Not atomic: each item is booked or refused by itself, exactly as by
     * SubmitProgress, and has its result at the same index. Items of one learner
     * are taken in the order given; the same `request_id` twice makes the second
     * one `replayed`.
     * The call itself fails only when it cannot be read, is empty or over the cap
     * (INVALID_ARGUMENT), or is out of time (DEADLINE_EXCEEDED: some items may be
     * booked; repeat with the same request ids).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.BatchSubmitProgressResponse> batchSubmitProgress(
        dev.laurels.v1.BatchSubmitProgressRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getBatchSubmitProgressMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Tells what became of an earlier call that carried a `request_id`.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * SUBMISSION_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.GetSubmissionResponse> getSubmission(
        dev.laurels.v1.GetSubmissionRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetSubmissionMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists every level with the learner's status on it, by the level's position,
     * then `level_id`. Retired levels are listed only where the learner has
     * attempted them.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.ListProgressResponse> listProgress(
        dev.laurels.v1.ListProgressRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListProgressMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_SUBMIT_PROGRESS = 0;
  private static final int METHODID_BATCH_SUBMIT_PROGRESS = 1;
  private static final int METHODID_GET_SUBMISSION = 2;
  private static final int METHODID_LIST_PROGRESS = 3;

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
        case METHODID_SUBMIT_PROGRESS:
          serviceImpl.submitProgress((dev.laurels.v1.SubmitProgressRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.SubmitProgressResponse>) responseObserver);
          break;
        case METHODID_BATCH_SUBMIT_PROGRESS:
          serviceImpl.batchSubmitProgress((dev.laurels.v1.BatchSubmitProgressRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.BatchSubmitProgressResponse>) responseObserver);
          break;
        case METHODID_GET_SUBMISSION:
          serviceImpl.getSubmission((dev.laurels.v1.GetSubmissionRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.GetSubmissionResponse>) responseObserver);
          break;
        case METHODID_LIST_PROGRESS:
          serviceImpl.listProgress((dev.laurels.v1.ListProgressRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.ListProgressResponse>) responseObserver);
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
          getSubmitProgressMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.SubmitProgressRequest,
              dev.laurels.v1.SubmitProgressResponse>(
                service, METHODID_SUBMIT_PROGRESS)))
        .addMethod(
          getBatchSubmitProgressMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.BatchSubmitProgressRequest,
              dev.laurels.v1.BatchSubmitProgressResponse>(
                service, METHODID_BATCH_SUBMIT_PROGRESS)))
        .addMethod(
          getGetSubmissionMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.GetSubmissionRequest,
              dev.laurels.v1.GetSubmissionResponse>(
                service, METHODID_GET_SUBMISSION)))
        .addMethod(
          getListProgressMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.ListProgressRequest,
              dev.laurels.v1.ListProgressResponse>(
                service, METHODID_LIST_PROGRESS)))
        .build();
  }

  private static abstract class ProgressServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    ProgressServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.laurels.v1.ProgressServiceProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("ProgressService");
    }
  }

  private static final class ProgressServiceFileDescriptorSupplier
      extends ProgressServiceBaseDescriptorSupplier {
    ProgressServiceFileDescriptorSupplier() {}
  }

  private static final class ProgressServiceMethodDescriptorSupplier
      extends ProgressServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    ProgressServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (ProgressServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new ProgressServiceFileDescriptorSupplier())
              .addMethod(getSubmitProgressMethod())
              .addMethod(getBatchSubmitProgressMethod())
              .addMethod(getGetSubmissionMethod())
              .addMethod(getListProgressMethod())
              .build();
        }
      }
    }
    return result;
  }
}
