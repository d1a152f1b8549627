package dev.laurels.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Learners ranked by XP.
 * The order is the same everywhere: more XP first; among equals, who reached it
 * in the earlier whole UTC minute; then who registered later. Only learners with
 * more than 0 XP hold a place. Redis answers; PostgreSQL answers instead, in the
 * same order entry for entry, when Redis is away or behind. Every answer says
 * which, and of when it is.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class LeaderboardServiceGrpc {

  private LeaderboardServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "laurels.v1.LeaderboardService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.GetLeaderboardRequest,
      dev.laurels.v1.GetLeaderboardResponse> getGetLeaderboardMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetLeaderboard",
      requestType = dev.laurels.v1.GetLeaderboardRequest.class,
      responseType = dev.laurels.v1.GetLeaderboardResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.GetLeaderboardRequest,
      dev.laurels.v1.GetLeaderboardResponse> getGetLeaderboardMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.GetLeaderboardRequest, dev.laurels.v1.GetLeaderboardResponse> getGetLeaderboardMethod;
    if ((getGetLeaderboardMethod = LeaderboardServiceGrpc.getGetLeaderboardMethod) == null) {
      synchronized (LeaderboardServiceGrpc.class) {
        if ((getGetLeaderboardMethod = LeaderboardServiceGrpc.getGetLeaderboardMethod) == null) {
          LeaderboardServiceGrpc.getGetLeaderboardMethod = getGetLeaderboardMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.GetLeaderboardRequest, dev.laurels.v1.GetLeaderboardResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetLeaderboard"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.GetLeaderboardRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.GetLeaderboardResponse.getDefaultInstance()))
              .setSchemaDescriptor(new LeaderboardServiceMethodDescriptorSupplier("GetLeaderboard"))
              .build();
        }
      }
    }
    return getGetLeaderboardMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.GetStandingRequest,
      dev.laurels.v1.GetStandingResponse> getGetStandingMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetStanding",
      requestType = dev.laurels.v1.GetStandingRequest.class,
      responseType = dev.laurels.v1.GetStandingResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.GetStandingRequest,
      dev.laurels.v1.GetStandingResponse> getGetStandingMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.GetStandingRequest, dev.laurels.v1.GetStandingResponse> getGetStandingMethod;
    if ((getGetStandingMethod = LeaderboardServiceGrpc.getGetStandingMethod) == null) {
      synchronized (LeaderboardServiceGrpc.class) {
        if ((getGetStandingMethod = LeaderboardServiceGrpc.getGetStandingMethod) == null) {
          LeaderboardServiceGrpc.getGetStandingMethod = getGetStandingMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.GetStandingRequest, dev.laurels.v1.GetStandingResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetStanding"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.GetStandingRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.GetStandingResponse.getDefaultInstance()))
              .setSchemaDescriptor(new LeaderboardServiceMethodDescriptorSupplier("GetStanding"))
              .build();
        }
      }
    }
    return getGetStandingMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static LeaderboardServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<LeaderboardServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<LeaderboardServiceStub>() {
        @java.lang.Override
        public LeaderboardServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new LeaderboardServiceStub(channel, callOptions);
        }
      };
    return LeaderboardServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static LeaderboardServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<LeaderboardServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<LeaderboardServiceBlockingV2Stub>() {
        @java.lang.Override
        public LeaderboardServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new LeaderboardServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return LeaderboardServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static LeaderboardServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<LeaderboardServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<LeaderboardServiceBlockingStub>() {
        @java.lang.Override
        public LeaderboardServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new LeaderboardServiceBlockingStub(channel, callOptions);
        }
      };
    return LeaderboardServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static LeaderboardServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<LeaderboardServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<LeaderboardServiceFutureStub>() {
        @java.lang.Override
        public LeaderboardServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new LeaderboardServiceFutureStub(channel, callOptions);
        }
      };
    return LeaderboardServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Learners ranked by XP.
   * The order is the same everywhere: more XP first; among equals, who reached it
   * in the earlier whole UTC minute; then who registered later. Only learners with
   * more than 0 XP hold a place. Redis answers; PostgreSQL answers instead, in the
   * same order entry for entry, when Redis is away or behind. Every answer says
   * which, and of when it is.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Returns a page of a leaderboard, from the top, from a position, or from where
     * the page before ended.
     * The page is complete up to its `as_of`. Pages are not frozen while scores
     * move, but a learner who does not move is neither repeated nor left out.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN,
     * INVALID_CONSISTENCY_TOKEN); NOT_FOUND (LEADERBOARD_NOT_FOUND);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    default void getLeaderboard(dev.laurels.v1.GetLeaderboardRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.GetLeaderboardResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetLeaderboardMethod(), responseObserver);
    }

    /**
     * <pre>
     * Returns one learner's place, and the neighbours around it.
     * A learner without a place is not an error: `placed` is false, position and
     * rank are 0 and the XP is shown.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_CONSISTENCY_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND, LEADERBOARD_NOT_FOUND); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    default void getStanding(dev.laurels.v1.GetStandingRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.GetStandingResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetStandingMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service LeaderboardService.
   * <pre>
   * Learners ranked by XP.
   * The order is the same everywhere: more XP first; among equals, who reached it
   * in the earlier whole UTC minute; then who registered later. Only learners with
   * more than 0 XP hold a place. Redis answers; PostgreSQL answers instead, in the
   * same order entry for entry, when Redis is away or behind. Every answer says
   * which, and of when it is.
   * </pre>
   */
  public static abstract class LeaderboardServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return LeaderboardServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service LeaderboardService.
   * <pre>
   * Learners ranked by XP.
   * The order is the same everywhere: more XP first; among equals, who reached it
   * in the earlier whole UTC minute; then who registered later. Only learners with
   * more than 0 XP hold a place. Redis answers; PostgreSQL answers instead, in the
   * same order entry for entry, when Redis is away or behind. Every answer says
   * which, and of when it is.
   * </pre>
   */
  public static final class LeaderboardServiceStub
      extends io.grpc.stub.AbstractAsyncStub<LeaderboardServiceStub> {
    private LeaderboardServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected LeaderboardServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new LeaderboardServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Returns a page of a leaderboard, from the top, from a position, or from where
     * the page before ended.
     * The page is complete up to its `as_of`. Pages are not frozen while scores
     * move, but a learner who does not move is neither repeated nor left out.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN,
     * INVALID_CONSISTENCY_TOKEN); NOT_FOUND (LEADERBOARD_NOT_FOUND);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public void getLeaderboard(dev.laurels.v1.GetLeaderboardRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.GetLeaderboardResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetLeaderboardMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Returns one learner's place, and the neighbours around it.
     * A learner without a place is not an error: `placed` is false, position and
     * rank are 0 and the XP is shown.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_CONSISTENCY_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND, LEADERBOARD_NOT_FOUND); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public void getStanding(dev.laurels.v1.GetStandingRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.GetStandingResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetStandingMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service LeaderboardService.
   * <pre>
   * Learners ranked by XP.
   * The order is the same everywhere: more XP first; among equals, who reached it
   * in the earlier whole UTC minute; then who registered later. Only learners with
   * more than 0 XP hold a place. Redis answers; PostgreSQL answers instead, in the
   * same order entry for entry, when Redis is away or behind. Every answer says
   * which, and of when it is.
   * </pre>
   */
  public static final class LeaderboardServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<LeaderboardServiceBlockingV2Stub> {
    private LeaderboardServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected LeaderboardServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new LeaderboardServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Returns a page of a leaderboard, from the top, from a position, or from where
     * the page before ended.
     * The page is complete up to its `as_of`. Pages are not frozen while scores
     * move, but a learner who does not move is neither repeated nor left out.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN,
     * INVALID_CONSISTENCY_TOKEN); NOT_FOUND (LEADERBOARD_NOT_FOUND);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.GetLeaderboardResponse getLeaderboard(dev.laurels.v1.GetLeaderboardRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetLeaderboardMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns one learner's place, and the neighbours around it.
     * A learner without a place is not an error: `placed` is false, position and
     * rank are 0 and the XP is shown.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_CONSISTENCY_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND, LEADERBOARD_NOT_FOUND); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.GetStandingResponse getStanding(dev.laurels.v1.GetStandingRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetStandingMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service LeaderboardService.
   * <pre>
   * Learners ranked by XP.
   * The order is the same everywhere: more XP first; among equals, who reached it
   * in the earlier whole UTC minute; then who registered later. Only learners with
   * more than 0 XP hold a place. Redis answers; PostgreSQL answers instead, in the
   * same order entry for entry, when Redis is away or behind. Every answer says
   * which, and of when it is.
   * </pre>
   */
  public static final class LeaderboardServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<LeaderboardServiceBlockingStub> {
    private LeaderboardServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected LeaderboardServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new LeaderboardServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Returns a page of a leaderboard, from the top, from a position, or from where
     * the page before ended.
     * The page is complete up to its `as_of`. Pages are not frozen while scores
     * move, but a learner who does not move is neither repeated nor left out.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN,
     * INVALID_CONSISTENCY_TOKEN); NOT_FOUND (LEADERBOARD_NOT_FOUND);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.GetLeaderboardResponse getLeaderboard(dev.laurels.v1.GetLeaderboardRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetLeaderboardMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns one learner's place, and the neighbours around it.
     * A learner without a place is not an error: `placed` is false, position and
     * rank are 0 and the XP is shown.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_CONSISTENCY_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND, LEADERBOARD_NOT_FOUND); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.GetStandingResponse getStanding(dev.laurels.v1.GetStandingRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetStandingMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service LeaderboardService.
   * <pre>
   * Learners ranked by XP.
   * The order is the same everywhere: more XP first; among equals, who reached it
   * in the earlier whole UTC minute; then who registered later. Only learners with
   * more than 0 XP hold a place. Redis answers; PostgreSQL answers instead, in the
   * same order entry for entry, when Redis is away or behind. Every answer says
   * which, and of when it is.
   * </pre>
   */
  public static final class LeaderboardServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<LeaderboardServiceFutureStub> {
    private LeaderboardServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected LeaderboardServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new LeaderboardServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Returns a page of a leaderboard, from the top, from a position, or from where
     * the page before ended.
     * The page is complete up to its `as_of`. Pages are not frozen while scores
     * move, but a learner who does not move is neither repeated nor left out.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN,
     * INVALID_CONSISTENCY_TOKEN); NOT_FOUND (LEADERBOARD_NOT_FOUND);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.GetLeaderboardResponse> getLeaderboard(
        dev.laurels.v1.GetLeaderboardRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetLeaderboardMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Returns one learner's place, and the neighbours around it.
     * A learner without a place is not an error: `placed` is false, position and
     * rank are 0 and the XP is shown.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_CONSISTENCY_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND, LEADERBOARD_NOT_FOUND); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.GetStandingResponse> getStanding(
        dev.laurels.v1.GetStandingRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetStandingMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_GET_LEADERBOARD = 0;
  private static final int METHODID_GET_STANDING = 1;

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
        case METHODID_GET_LEADERBOARD:
          serviceImpl.getLeaderboard((dev.laurels.v1.GetLeaderboardRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.GetLeaderboardResponse>) responseObserver);
          break;
        case METHODID_GET_STANDING:
          serviceImpl.getStanding((dev.laurels.v1.GetStandingRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.GetStandingResponse>) responseObserver);
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
          getGetLeaderboardMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.GetLeaderboardRequest,
              dev.laurels.v1.GetLeaderboardResponse>(
                service, METHODID_GET_LEADERBOARD)))
        .addMethod(
          getGetStandingMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.GetStandingRequest,
              dev.laurels.v1.GetStandingResponse>(
                service, METHODID_GET_STANDING)))
        .build();
  }

  private static abstract class LeaderboardServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    LeaderboardServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.laurels.v1.LeaderboardServiceProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("LeaderboardService");
    }
  }

  private static final class LeaderboardServiceFileDescriptorSupplier
      extends LeaderboardServiceBaseDescriptorSupplier {
    LeaderboardServiceFileDescriptorSupplier() {}
  }

  private static final class LeaderboardServiceMethodDescriptorSupplier
      extends LeaderboardServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    LeaderboardServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (LeaderboardServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new LeaderboardServiceFileDescriptorSupplier())
              .addMethod(getGetLeaderboardMethod())
              .addMethod(getGetStandingMethod())
              .build();
        }
      }
    }
    return result;
  }
}
