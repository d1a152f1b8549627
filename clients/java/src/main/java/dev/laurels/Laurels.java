package dev.laurels;

import dev.laurels.v1.*;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ManagedChannelRegistry;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractBlockingStub;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A connection to Laurels: made at the first call, kept, and made again when it breaks. Any number
 * of threads may share it. Its methods are the RPCs, documented in the protos; each waits for its
 * answer, and fails with {@link LaurelsException}.
 */
public final class Laurels implements AutoCloseable {
  private final ManagedChannel connection;
  private final Channel channel;
  private final Duration timeout;
  private final ProgressServiceGrpc.ProgressServiceBlockingStub progress;
  private final XpServiceGrpc.XpServiceBlockingStub xp;
  private final LeaderboardServiceGrpc.LeaderboardServiceBlockingStub leaderboard;
  private final CatalogServiceGrpc.CatalogServiceBlockingStub catalog;
  private final UserServiceGrpc.UserServiceBlockingStub users;
  private final AuditServiceGrpc.AuditServiceBlockingStub audit;

  /** Prepares a connection to "host:port". */
  public static Laurels connect(String address) {
    return connect(address, Options.DEFAULT);
  }

  /**
   * Prepares a connection to "host:port".
   *
   * @throws IllegalArgumentException where it is none, a token would travel in the clear, or the
   *     credentials of TLS cannot be used
   */
  public static Laurels connect(String address, Options options) {
    Address.check(address);
    ManagedChannelBuilder<?> builder =
        begun(address, options.credentialsFor(address))
            // The policy is ours; nothing is to be looked up in DNS.
            .disableServiceConfigLookUp()
            // An upsert of 4 MiB answers a little more, and is booked by then.
            .maxInboundMessageSize(16 << 20)
            // A connection that died in silence is noticed; the server allows pings from 10 s on.
            .keepAliveTime(30, TimeUnit.SECONDS)
            .keepAliveTimeout(10, TimeUnit.SECONDS);
    if (options.retry) {
      builder.defaultServiceConfig(RetryPolicy.SERVICE_CONFIG).enableRetry();
    } else {
      builder.disableRetry();
    }
    ManagedChannel connection = builder.build();
    Caller caller =
        new Caller(new Reconnecting(connection), address, options.token, options.timeout);
    return new Laurels(connection, ClientInterceptors.intercept(connection, caller), null);
  }

  private static ManagedChannelBuilder<?> begun(String address, ChannelCredentials credentials) {
    try {
      return Grpc.newChannelBuilder(address, credentials);
    } catch (ManagedChannelRegistry.ProviderNotFoundException unusable) {
      throw new IllegalArgumentException(
          "The credentials of option tls cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  private Laurels(ManagedChannel connection, Channel channel, Duration timeout) {
    this.connection = connection;
    this.channel = channel;
    this.timeout = timeout;
    progress = ProgressServiceGrpc.newBlockingStub(channel);
    xp = XpServiceGrpc.newBlockingStub(channel);
    leaderboard = LeaderboardServiceGrpc.newBlockingStub(channel);
    catalog = CatalogServiceGrpc.newBlockingStub(channel);
    users = UserServiceGrpc.newBlockingStub(channel);
    audit = AuditServiceGrpc.newBlockingStub(channel);
  }

  /** The same connection with another deadline for each call, streams included. */
  public Laurels withTimeout(Duration limit) {
    return new Laurels(connection, channel, Options.checked(limit));
  }

  /**
   * For generated stubs of your own, for example asynchronous ones: they get deadlines, request ids,
   * the token and retries, and {@link LaurelsException#from} explains their errors.
   */
  public Channel channel() {
    return channel;
  }

  /** Ends the connection. Calls under way may end, those after it fail. */
  @Override
  public void close() {
    connection.shutdown();
  }

  // ProgressService

  public SubmitProgressResponse submitProgress(SubmitProgressRequest request) {
    return call(() -> limited(progress).submitProgress(request));
  }

  public BatchSubmitProgressResponse batchSubmitProgress(BatchSubmitProgressRequest request) {
    return call(() -> limited(progress).batchSubmitProgress(request));
  }

  public GetSubmissionResponse getSubmission(GetSubmissionRequest request) {
    return call(() -> limited(progress).getSubmission(request));
  }

  public ListProgressResponse listProgress(ListProgressRequest request) {
    return call(() -> limited(progress).listProgress(request));
  }

  /** A learner's status on every level, in the catalog's order, over all pages. */
  public Iterable<LevelProgress> walkProgress(ListProgressRequest request) {
    return new Walk<>(
        token -> {
          var asked = token.isEmpty() ? request : request.toBuilder().setPageToken(token).build();
          var page = listProgress(asked);
          return new Walk.Page<>(page.getLevelsList(), page.getNextPageToken());
        });
  }

  // XpService

  public AwardXpResponse awardXp(AwardXpRequest request) {
    return call(() -> limited(xp).awardXp(request));
  }

  public AdjustXpResponse adjustXp(AdjustXpRequest request) {
    return call(() -> limited(xp).adjustXp(request));
  }

  public ReverseXpEntryResponse reverseXpEntry(ReverseXpEntryRequest request) {
    return call(() -> limited(xp).reverseXpEntry(request));
  }

  public GetXpAccountResponse getXpAccount(GetXpAccountRequest request) {
    return call(() -> limited(xp).getXpAccount(request));
  }

  public ListXpEntriesResponse listXpEntries(ListXpEntriesRequest request) {
    return call(() -> limited(xp).listXpEntries(request));
  }

  /** A learner's ledger entries, newest first, over all pages. */
  public Iterable<XpEntry> walkXpEntries(ListXpEntriesRequest request) {
    return new Walk<>(
        token -> {
          var asked = token.isEmpty() ? request : request.toBuilder().setPageToken(token).build();
          var page = listXpEntries(asked);
          return new Walk.Page<>(page.getEntriesList(), page.getNextPageToken());
        });
  }

  // LeaderboardService

  public GetLeaderboardResponse getLeaderboard(GetLeaderboardRequest request) {
    return call(() -> limited(leaderboard).getLeaderboard(request));
  }

  public GetStandingResponse getStanding(GetStandingRequest request) {
    return call(() -> limited(leaderboard).getStanding(request));
  }

  /** A leaderboard's entries from the top, or from `start_position`, over all pages. */
  public Iterable<LeaderboardEntry> walkLeaderboard(GetLeaderboardRequest request) {
    return new Walk<>(
        token -> {
          // A token carries its position; both together are refused.
          var asked =
              token.isEmpty()
                  ? request
                  : request.toBuilder().setPageToken(token).clearStartPosition().build();
          var page = getLeaderboard(asked);
          return new Walk.Page<>(page.getEntriesList(), page.getNextPageToken());
        });
  }

  // CatalogService

  public UpsertLevelsResponse upsertLevels(UpsertLevelsRequest request) {
    return call(() -> limited(catalog).upsertLevels(request));
  }

  public GetLevelResponse getLevel(GetLevelRequest request) {
    return call(() -> limited(catalog).getLevel(request));
  }

  public ListLevelsResponse listLevels(ListLevelsRequest request) {
    return call(() -> limited(catalog).listLevels(request));
  }

  public RetireLevelResponse retireLevel(RetireLevelRequest request) {
    return call(() -> limited(catalog).retireLevel(request));
  }

  /** The levels of the catalog, in order, over all pages. */
  public Iterable<Level> walkLevels(ListLevelsRequest request) {
    return new Walk<>(
        token -> {
          var asked = token.isEmpty() ? request : request.toBuilder().setPageToken(token).build();
          var page = listLevels(asked);
          return new Walk.Page<>(page.getLevelsList(), page.getNextPageToken());
        });
  }

  // UserService

  public UpsertUsersResponse upsertUsers(UpsertUsersRequest request) {
    return call(() -> limited(users).upsertUsers(request));
  }

  public GetUserResponse getUser(GetUserRequest request) {
    return call(() -> limited(users).getUser(request));
  }

  // AuditService

  public AuditUserResponse auditUser(AuditUserRequest request) {
    return call(() -> limited(audit).auditUser(request));
  }

  /** Findings as they are made, progress in between, a summary last. */
  public Iterator<AuditAllResponse> auditAll(AuditAllRequest request) {
    return new Stream<>(call(() -> limited(audit).auditAll(request)));
  }

  /** How far the build is, until it is in use. */
  public Iterator<RebuildProjectionResponse> rebuildProjection(RebuildProjectionRequest request) {
    return new Stream<>(call(() -> limited(audit).rebuildProjection(request)));
  }

  public GetSyncStatusResponse getSyncStatus(GetSyncStatusRequest request) {
    return call(() -> limited(audit).getSyncStatus(request));
  }

  private <S extends AbstractBlockingStub<S>> S limited(S stub) {
    return timeout == null ? stub : stub.withDeadlineAfter(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
  }

  private static <R> R call(Supplier<R> method) {
    try {
      return method.get();
    } catch (StatusRuntimeException failure) {
      LaurelsException explained = LaurelsException.from(failure).orElseThrow(() -> failure);
      // It was made on gRPC's thread; the caller's line is of more use.
      explained.fillInStackTrace();
      throw explained;
    }
  }

  private record Stream<R>(Iterator<R> answers) implements Iterator<R> {
    @Override
    public boolean hasNext() {
      return call(answers::hasNext);
    }

    @Override
    public R next() {
      return call(answers::next);
    }
  }
}
