package dev.laurels.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Learners' XP accounts: awards from sources other than levels, corrections, and
 * the ledger that every total is the sum of.
 * Every write needs a `request_id` and is safe to repeat with it: the same id with
 * the same content answers the first answer again, with `replayed` true. A learner
 * has one namespace of request ids, shared with ProgressService.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class XpServiceGrpc {

  private XpServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "laurels.v1.XpService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.AwardXpRequest,
      dev.laurels.v1.AwardXpResponse> getAwardXpMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "AwardXp",
      requestType = dev.laurels.v1.AwardXpRequest.class,
      responseType = dev.laurels.v1.AwardXpResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.AwardXpRequest,
      dev.laurels.v1.AwardXpResponse> getAwardXpMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.AwardXpRequest, dev.laurels.v1.AwardXpResponse> getAwardXpMethod;
    if ((getAwardXpMethod = XpServiceGrpc.getAwardXpMethod) == null) {
      synchronized (XpServiceGrpc.class) {
        if ((getAwardXpMethod = XpServiceGrpc.getAwardXpMethod) == null) {
          XpServiceGrpc.getAwardXpMethod = getAwardXpMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.AwardXpRequest, dev.laurels.v1.AwardXpResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "AwardXp"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.AwardXpRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.AwardXpResponse.getDefaultInstance()))
              .setSchemaDescriptor(new XpServiceMethodDescriptorSupplier("AwardXp"))
              .build();
        }
      }
    }
    return getAwardXpMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.AdjustXpRequest,
      dev.laurels.v1.AdjustXpResponse> getAdjustXpMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "AdjustXp",
      requestType = dev.laurels.v1.AdjustXpRequest.class,
      responseType = dev.laurels.v1.AdjustXpResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.AdjustXpRequest,
      dev.laurels.v1.AdjustXpResponse> getAdjustXpMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.AdjustXpRequest, dev.laurels.v1.AdjustXpResponse> getAdjustXpMethod;
    if ((getAdjustXpMethod = XpServiceGrpc.getAdjustXpMethod) == null) {
      synchronized (XpServiceGrpc.class) {
        if ((getAdjustXpMethod = XpServiceGrpc.getAdjustXpMethod) == null) {
          XpServiceGrpc.getAdjustXpMethod = getAdjustXpMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.AdjustXpRequest, dev.laurels.v1.AdjustXpResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "AdjustXp"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.AdjustXpRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.AdjustXpResponse.getDefaultInstance()))
              .setSchemaDescriptor(new XpServiceMethodDescriptorSupplier("AdjustXp"))
              .build();
        }
      }
    }
    return getAdjustXpMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.ReverseXpEntryRequest,
      dev.laurels.v1.ReverseXpEntryResponse> getReverseXpEntryMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ReverseXpEntry",
      requestType = dev.laurels.v1.ReverseXpEntryRequest.class,
      responseType = dev.laurels.v1.ReverseXpEntryResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.ReverseXpEntryRequest,
      dev.laurels.v1.ReverseXpEntryResponse> getReverseXpEntryMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.ReverseXpEntryRequest, dev.laurels.v1.ReverseXpEntryResponse> getReverseXpEntryMethod;
    if ((getReverseXpEntryMethod = XpServiceGrpc.getReverseXpEntryMethod) == null) {
      synchronized (XpServiceGrpc.class) {
        if ((getReverseXpEntryMethod = XpServiceGrpc.getReverseXpEntryMethod) == null) {
          XpServiceGrpc.getReverseXpEntryMethod = getReverseXpEntryMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.ReverseXpEntryRequest, dev.laurels.v1.ReverseXpEntryResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ReverseXpEntry"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.ReverseXpEntryRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.ReverseXpEntryResponse.getDefaultInstance()))
              .setSchemaDescriptor(new XpServiceMethodDescriptorSupplier("ReverseXpEntry"))
              .build();
        }
      }
    }
    return getReverseXpEntryMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.GetXpAccountRequest,
      dev.laurels.v1.GetXpAccountResponse> getGetXpAccountMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetXpAccount",
      requestType = dev.laurels.v1.GetXpAccountRequest.class,
      responseType = dev.laurels.v1.GetXpAccountResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.GetXpAccountRequest,
      dev.laurels.v1.GetXpAccountResponse> getGetXpAccountMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.GetXpAccountRequest, dev.laurels.v1.GetXpAccountResponse> getGetXpAccountMethod;
    if ((getGetXpAccountMethod = XpServiceGrpc.getGetXpAccountMethod) == null) {
      synchronized (XpServiceGrpc.class) {
        if ((getGetXpAccountMethod = XpServiceGrpc.getGetXpAccountMethod) == null) {
          XpServiceGrpc.getGetXpAccountMethod = getGetXpAccountMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.GetXpAccountRequest, dev.laurels.v1.GetXpAccountResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetXpAccount"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.GetXpAccountRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.GetXpAccountResponse.getDefaultInstance()))
              .setSchemaDescriptor(new XpServiceMethodDescriptorSupplier("GetXpAccount"))
              .build();
        }
      }
    }
    return getGetXpAccountMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.laurels.v1.ListXpEntriesRequest,
      dev.laurels.v1.ListXpEntriesResponse> getListXpEntriesMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListXpEntries",
      requestType = dev.laurels.v1.ListXpEntriesRequest.class,
      responseType = dev.laurels.v1.ListXpEntriesResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.laurels.v1.ListXpEntriesRequest,
      dev.laurels.v1.ListXpEntriesResponse> getListXpEntriesMethod() {
    io.grpc.MethodDescriptor<dev.laurels.v1.ListXpEntriesRequest, dev.laurels.v1.ListXpEntriesResponse> getListXpEntriesMethod;
    if ((getListXpEntriesMethod = XpServiceGrpc.getListXpEntriesMethod) == null) {
      synchronized (XpServiceGrpc.class) {
        if ((getListXpEntriesMethod = XpServiceGrpc.getListXpEntriesMethod) == null) {
          XpServiceGrpc.getListXpEntriesMethod = getListXpEntriesMethod =
              io.grpc.MethodDescriptor.<dev.laurels.v1.ListXpEntriesRequest, dev.laurels.v1.ListXpEntriesResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListXpEntries"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.ListXpEntriesRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.laurels.v1.ListXpEntriesResponse.getDefaultInstance()))
              .setSchemaDescriptor(new XpServiceMethodDescriptorSupplier("ListXpEntries"))
              .build();
        }
      }
    }
    return getListXpEntriesMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static XpServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<XpServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<XpServiceStub>() {
        @java.lang.Override
        public XpServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new XpServiceStub(channel, callOptions);
        }
      };
    return XpServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static XpServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<XpServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<XpServiceBlockingV2Stub>() {
        @java.lang.Override
        public XpServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new XpServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return XpServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static XpServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<XpServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<XpServiceBlockingStub>() {
        @java.lang.Override
        public XpServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new XpServiceBlockingStub(channel, callOptions);
        }
      };
    return XpServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static XpServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<XpServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<XpServiceFutureStub>() {
        @java.lang.Override
        public XpServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new XpServiceFutureStub(channel, callOptions);
        }
      };
    return XpServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Learners' XP accounts: awards from sources other than levels, corrections, and
   * the ledger that every total is the sum of.
   * Every write needs a `request_id` and is safe to repeat with it: the same id with
   * the same content answers the first answer again, with `replayed` true. A learner
   * has one namespace of request ids, shared with ProgressService.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Books XP from a source of the caller's, for example a challenge.
     * A non-empty `reference` counts once for each learner and source, whatever the
     * `request_id`: again with an equal amount answers the first entry, `replayed`.
     * The call's own `request_id` is taken by that all the same.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * ALREADY_EXISTS (REQUEST_ID_REUSED, REFERENCE_ALREADY_AWARDED);
     * FAILED_PRECONDITION (XP_OUT_OF_RANGE); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    default void awardXp(dev.laurels.v1.AwardXpRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.AwardXpResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getAwardXpMethod(), responseObserver);
    }

    /**
     * <pre>
     * Corrects a total, up or down, and keeps who did it and why.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * ALREADY_EXISTS (REQUEST_ID_REUSED); FAILED_PRECONDITION (XP_OUT_OF_RANGE);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    default void adjustXp(dev.laurels.v1.AdjustXpRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.AdjustXpResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getAdjustXpMethod(), responseObserver);
    }

    /**
     * <pre>
     * Takes back what one ledger entry booked, at most once for each entry. What was
     * reversed is not earned again: a level stays paid, a reference stays taken.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * ENTRY_NOT_FOUND); ALREADY_EXISTS (REQUEST_ID_REUSED); FAILED_PRECONDITION
     * (ENTRY_NOT_REVERSIBLE, XP_OUT_OF_RANGE); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    default void reverseXpEntry(dev.laurels.v1.ReverseXpEntryRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.ReverseXpEntryResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getReverseXpEntryMethod(), responseObserver);
    }

    /**
     * <pre>
     * Returns a learner's account.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    default void getXpAccount(dev.laurels.v1.GetXpAccountRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.GetXpAccountResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetXpAccountMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists a learner's ledger entries, newest first.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    default void listXpEntries(dev.laurels.v1.ListXpEntriesRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.ListXpEntriesResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListXpEntriesMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service XpService.
   * <pre>
   * Learners' XP accounts: awards from sources other than levels, corrections, and
   * the ledger that every total is the sum of.
   * Every write needs a `request_id` and is safe to repeat with it: the same id with
   * the same content answers the first answer again, with `replayed` true. A learner
   * has one namespace of request ids, shared with ProgressService.
   * </pre>
   */
  public static abstract class XpServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return XpServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service XpService.
   * <pre>
   * Learners' XP accounts: awards from sources other than levels, corrections, and
   * the ledger that every total is the sum of.
   * Every write needs a `request_id` and is safe to repeat with it: the same id with
   * the same content answers the first answer again, with `replayed` true. A learner
   * has one namespace of request ids, shared with ProgressService.
   * </pre>
   */
  public static final class XpServiceStub
      extends io.grpc.stub.AbstractAsyncStub<XpServiceStub> {
    private XpServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected XpServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new XpServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Books XP from a source of the caller's, for example a challenge.
     * A non-empty `reference` counts once for each learner and source, whatever the
     * `request_id`: again with an equal amount answers the first entry, `replayed`.
     * The call's own `request_id` is taken by that all the same.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * ALREADY_EXISTS (REQUEST_ID_REUSED, REFERENCE_ALREADY_AWARDED);
     * FAILED_PRECONDITION (XP_OUT_OF_RANGE); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public void awardXp(dev.laurels.v1.AwardXpRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.AwardXpResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getAwardXpMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Corrects a total, up or down, and keeps who did it and why.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * ALREADY_EXISTS (REQUEST_ID_REUSED); FAILED_PRECONDITION (XP_OUT_OF_RANGE);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public void adjustXp(dev.laurels.v1.AdjustXpRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.AdjustXpResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getAdjustXpMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Takes back what one ledger entry booked, at most once for each entry. What was
     * reversed is not earned again: a level stays paid, a reference stays taken.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * ENTRY_NOT_FOUND); ALREADY_EXISTS (REQUEST_ID_REUSED); FAILED_PRECONDITION
     * (ENTRY_NOT_REVERSIBLE, XP_OUT_OF_RANGE); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public void reverseXpEntry(dev.laurels.v1.ReverseXpEntryRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.ReverseXpEntryResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getReverseXpEntryMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Returns a learner's account.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public void getXpAccount(dev.laurels.v1.GetXpAccountRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.GetXpAccountResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetXpAccountMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists a learner's ledger entries, newest first.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public void listXpEntries(dev.laurels.v1.ListXpEntriesRequest request,
        io.grpc.stub.StreamObserver<dev.laurels.v1.ListXpEntriesResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListXpEntriesMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service XpService.
   * <pre>
   * Learners' XP accounts: awards from sources other than levels, corrections, and
   * the ledger that every total is the sum of.
   * Every write needs a `request_id` and is safe to repeat with it: the same id with
   * the same content answers the first answer again, with `replayed` true. A learner
   * has one namespace of request ids, shared with ProgressService.
   * </pre>
   */
  public static final class XpServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<XpServiceBlockingV2Stub> {
    private XpServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected XpServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new XpServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Books XP from a source of the caller's, for example a challenge.
     * A non-empty `reference` counts once for each learner and source, whatever the
     * `request_id`: again with an equal amount answers the first entry, `replayed`.
     * The call's own `request_id` is taken by that all the same.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * ALREADY_EXISTS (REQUEST_ID_REUSED, REFERENCE_ALREADY_AWARDED);
     * FAILED_PRECONDITION (XP_OUT_OF_RANGE); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.AwardXpResponse awardXp(dev.laurels.v1.AwardXpRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getAwardXpMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Corrects a total, up or down, and keeps who did it and why.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * ALREADY_EXISTS (REQUEST_ID_REUSED); FAILED_PRECONDITION (XP_OUT_OF_RANGE);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.AdjustXpResponse adjustXp(dev.laurels.v1.AdjustXpRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getAdjustXpMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Takes back what one ledger entry booked, at most once for each entry. What was
     * reversed is not earned again: a level stays paid, a reference stays taken.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * ENTRY_NOT_FOUND); ALREADY_EXISTS (REQUEST_ID_REUSED); FAILED_PRECONDITION
     * (ENTRY_NOT_REVERSIBLE, XP_OUT_OF_RANGE); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.ReverseXpEntryResponse reverseXpEntry(dev.laurels.v1.ReverseXpEntryRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getReverseXpEntryMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns a learner's account.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.GetXpAccountResponse getXpAccount(dev.laurels.v1.GetXpAccountRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetXpAccountMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists a learner's ledger entries, newest first.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.ListXpEntriesResponse listXpEntries(dev.laurels.v1.ListXpEntriesRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListXpEntriesMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service XpService.
   * <pre>
   * Learners' XP accounts: awards from sources other than levels, corrections, and
   * the ledger that every total is the sum of.
   * Every write needs a `request_id` and is safe to repeat with it: the same id with
   * the same content answers the first answer again, with `replayed` true. A learner
   * has one namespace of request ids, shared with ProgressService.
   * </pre>
   */
  public static final class XpServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<XpServiceBlockingStub> {
    private XpServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected XpServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new XpServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Books XP from a source of the caller's, for example a challenge.
     * A non-empty `reference` counts once for each learner and source, whatever the
     * `request_id`: again with an equal amount answers the first entry, `replayed`.
     * The call's own `request_id` is taken by that all the same.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * ALREADY_EXISTS (REQUEST_ID_REUSED, REFERENCE_ALREADY_AWARDED);
     * FAILED_PRECONDITION (XP_OUT_OF_RANGE); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.AwardXpResponse awardXp(dev.laurels.v1.AwardXpRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getAwardXpMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Corrects a total, up or down, and keeps who did it and why.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * ALREADY_EXISTS (REQUEST_ID_REUSED); FAILED_PRECONDITION (XP_OUT_OF_RANGE);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.AdjustXpResponse adjustXp(dev.laurels.v1.AdjustXpRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getAdjustXpMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Takes back what one ledger entry booked, at most once for each entry. What was
     * reversed is not earned again: a level stays paid, a reference stays taken.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * ENTRY_NOT_FOUND); ALREADY_EXISTS (REQUEST_ID_REUSED); FAILED_PRECONDITION
     * (ENTRY_NOT_REVERSIBLE, XP_OUT_OF_RANGE); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.ReverseXpEntryResponse reverseXpEntry(dev.laurels.v1.ReverseXpEntryRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getReverseXpEntryMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns a learner's account.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.GetXpAccountResponse getXpAccount(dev.laurels.v1.GetXpAccountRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetXpAccountMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists a learner's ledger entries, newest first.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public dev.laurels.v1.ListXpEntriesResponse listXpEntries(dev.laurels.v1.ListXpEntriesRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListXpEntriesMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service XpService.
   * <pre>
   * Learners' XP accounts: awards from sources other than levels, corrections, and
   * the ledger that every total is the sum of.
   * Every write needs a `request_id` and is safe to repeat with it: the same id with
   * the same content answers the first answer again, with `replayed` true. A learner
   * has one namespace of request ids, shared with ProgressService.
   * </pre>
   */
  public static final class XpServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<XpServiceFutureStub> {
    private XpServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected XpServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new XpServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Books XP from a source of the caller's, for example a challenge.
     * A non-empty `reference` counts once for each learner and source, whatever the
     * `request_id`: again with an equal amount answers the first entry, `replayed`.
     * The call's own `request_id` is taken by that all the same.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * ALREADY_EXISTS (REQUEST_ID_REUSED, REFERENCE_ALREADY_AWARDED);
     * FAILED_PRECONDITION (XP_OUT_OF_RANGE); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.AwardXpResponse> awardXp(
        dev.laurels.v1.AwardXpRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getAwardXpMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Corrects a total, up or down, and keeps who did it and why.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * ALREADY_EXISTS (REQUEST_ID_REUSED); FAILED_PRECONDITION (XP_OUT_OF_RANGE);
     * RESOURCE_EXHAUSTED (OVERLOADED); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.AdjustXpResponse> adjustXp(
        dev.laurels.v1.AdjustXpRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getAdjustXpMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Takes back what one ledger entry booked, at most once for each entry. What was
     * reversed is not earned again: a level stays paid, a reference stays taken.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND,
     * ENTRY_NOT_FOUND); ALREADY_EXISTS (REQUEST_ID_REUSED); FAILED_PRECONDITION
     * (ENTRY_NOT_REVERSIBLE, XP_OUT_OF_RANGE); RESOURCE_EXHAUSTED (OVERLOADED);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.ReverseXpEntryResponse> reverseXpEntry(
        dev.laurels.v1.ReverseXpEntryRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getReverseXpEntryMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Returns a learner's account.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD); NOT_FOUND (LEARNER_NOT_FOUND);
     * UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.GetXpAccountResponse> getXpAccount(
        dev.laurels.v1.GetXpAccountRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetXpAccountMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists a learner's ledger entries, newest first.
     * Errors: INVALID_ARGUMENT (INVALID_FIELD, INVALID_PAGE_TOKEN); NOT_FOUND
     * (LEARNER_NOT_FOUND); UNAVAILABLE; DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.laurels.v1.ListXpEntriesResponse> listXpEntries(
        dev.laurels.v1.ListXpEntriesRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListXpEntriesMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_AWARD_XP = 0;
  private static final int METHODID_ADJUST_XP = 1;
  private static final int METHODID_REVERSE_XP_ENTRY = 2;
  private static final int METHODID_GET_XP_ACCOUNT = 3;
  private static final int METHODID_LIST_XP_ENTRIES = 4;

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
        case METHODID_AWARD_XP:
          serviceImpl.awardXp((dev.laurels.v1.AwardXpRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.AwardXpResponse>) responseObserver);
          break;
        case METHODID_ADJUST_XP:
          serviceImpl.adjustXp((dev.laurels.v1.AdjustXpRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.AdjustXpResponse>) responseObserver);
          break;
        case METHODID_REVERSE_XP_ENTRY:
          serviceImpl.reverseXpEntry((dev.laurels.v1.ReverseXpEntryRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.ReverseXpEntryResponse>) responseObserver);
          break;
        case METHODID_GET_XP_ACCOUNT:
          serviceImpl.getXpAccount((dev.laurels.v1.GetXpAccountRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.GetXpAccountResponse>) responseObserver);
          break;
        case METHODID_LIST_XP_ENTRIES:
          serviceImpl.listXpEntries((dev.laurels.v1.ListXpEntriesRequest) request,
              (io.grpc.stub.StreamObserver<dev.laurels.v1.ListXpEntriesResponse>) responseObserver);
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
          getAwardXpMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.AwardXpRequest,
              dev.laurels.v1.AwardXpResponse>(
                service, METHODID_AWARD_XP)))
        .addMethod(
          getAdjustXpMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.AdjustXpRequest,
              dev.laurels.v1.AdjustXpResponse>(
                service, METHODID_ADJUST_XP)))
        .addMethod(
          getReverseXpEntryMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.ReverseXpEntryRequest,
              dev.laurels.v1.ReverseXpEntryResponse>(
                service, METHODID_REVERSE_XP_ENTRY)))
        .addMethod(
          getGetXpAccountMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.GetXpAccountRequest,
              dev.laurels.v1.GetXpAccountResponse>(
                service, METHODID_GET_XP_ACCOUNT)))
        .addMethod(
          getListXpEntriesMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.laurels.v1.ListXpEntriesRequest,
              dev.laurels.v1.ListXpEntriesResponse>(
                service, METHODID_LIST_XP_ENTRIES)))
        .build();
  }

  private static abstract class XpServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    XpServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.laurels.v1.XpServiceProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("XpService");
    }
  }

  private static final class XpServiceFileDescriptorSupplier
      extends XpServiceBaseDescriptorSupplier {
    XpServiceFileDescriptorSupplier() {}
  }

  private static final class XpServiceMethodDescriptorSupplier
      extends XpServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    XpServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (XpServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new XpServiceFileDescriptorSupplier())
              .addMethod(getAwardXpMethod())
              .addMethod(getAdjustXpMethod())
              .addMethod(getReverseXpEntryMethod())
              .addMethod(getGetXpAccountMethod())
              .addMethod(getListXpEntriesMethod())
              .build();
        }
      }
    }
    return result;
  }
}
