import { ChannelCredentials, Client, credentials } from "@grpc/grpc-js";
import { checkAddress, isLoopback } from "./address.js";
import { type Calls, calls, isTimeout, TIMEOUT_RULE, type Wire } from "./calls.js";
import * as audit from "./generated/laurels/v1/audit_service.js";
import * as catalog from "./generated/laurels/v1/catalog_service.js";
import * as leaderboard from "./generated/laurels/v1/leaderboard_service.js";
import * as progress from "./generated/laurels/v1/progress_service.js";
import * as users from "./generated/laurels/v1/user_service.js";
import * as xp from "./generated/laurels/v1/xp_service.js";
import { channelOptions } from "./retry.js";

export interface Options {
  /**
   * Off by default. `true` trusts the authorities that Node.js trusts; a Buffer holds other ones,
   * in PEM; credentials of gRPC's own are taken as they are.
   */
  tls?: boolean | Buffer | ChannelCredentials;
  /** Sent with every call, as a bearer token. */
  token?: string;
  /** The deadline of a call that gives none, in milliseconds; 5000 by default. */
  timeoutMs?: number;
  /** Whether a call that met no server is made again, up to 4 times in all; true by default. */
  retry?: boolean;
}

/** A connection to Laurels: made at the first call, kept, and made again when it breaks. */
export class Laurels {
  readonly progress: Calls<progress.ProgressServiceService>;
  readonly xp: Calls<xp.XpServiceService>;
  readonly leaderboard: Calls<leaderboard.LeaderboardServiceService>;
  readonly catalog: Calls<catalog.CatalogServiceService>;
  readonly users: Calls<users.UserServiceService>;
  readonly audit: Calls<audit.AuditServiceService>;
  readonly #client: Client;

  constructor(wire: Wire) {
    this.#client = wire.client;
    this.progress = calls(wire, progress.ProgressServiceService, {
      submitProgress: progress.SubmitProgressRequest,
      batchSubmitProgress: progress.BatchSubmitProgressRequest,
      getSubmission: progress.GetSubmissionRequest,
      listProgress: progress.ListProgressRequest,
    });
    this.xp = calls(wire, xp.XpServiceService, {
      awardXp: xp.AwardXpRequest,
      adjustXp: xp.AdjustXpRequest,
      reverseXpEntry: xp.ReverseXpEntryRequest,
      getXpAccount: xp.GetXpAccountRequest,
      listXpEntries: xp.ListXpEntriesRequest,
    });
    this.leaderboard = calls(wire, leaderboard.LeaderboardServiceService, {
      getLeaderboard: leaderboard.GetLeaderboardRequest,
      getStanding: leaderboard.GetStandingRequest,
    });
    this.catalog = calls(wire, catalog.CatalogServiceService, {
      upsertLevels: catalog.UpsertLevelsRequest,
      getLevel: catalog.GetLevelRequest,
      listLevels: catalog.ListLevelsRequest,
      retireLevel: catalog.RetireLevelRequest,
    });
    this.users = calls(wire, users.UserServiceService, {
      upsertUsers: users.UpsertUsersRequest,
      getUser: users.GetUserRequest,
    });
    this.audit = calls(wire, audit.AuditServiceService, {
      auditUser: audit.AuditUserRequest,
      auditAll: audit.AuditAllRequest,
      rebuildProjection: audit.RebuildProjectionRequest,
      getSyncStatus: audit.GetSyncStatusRequest,
    });
  }

  /** Ends the connection. Calls under way fail. */
  close(): void {
    this.#client.close();
  }
}

/** Prepares a connection to `address`, "host:port". Throws where it is none. */
export function connect(address: string, options: Options = {}): Laurels {
  const { tls = false, token, timeoutMs = 5_000, retry = true } = options;
  checkAddress(address);
  if (!isTimeout(timeoutMs)) throw new Error(`Option timeoutMs ${TIMEOUT_RULE}, not ${timeoutMs}.`);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    // The token itself is never told: messages end up in logs.
    throw new Error("Option token must be printable ASCII without spaces.");
  }
  if (token !== undefined && tls === false && !isLoopback(address)) {
    throw new Error(`A token would go to ${address} in the clear: connect with option tls.`);
  }
  const client = new Client(address, channelCredentials(tls), channelOptions(retry));
  return new Laurels({ client, address, timeoutMs, token });
}

function channelCredentials(tls: boolean | Buffer | ChannelCredentials): ChannelCredentials {
  if (tls instanceof ChannelCredentials) return tls;
  if (tls === false) return credentials.createInsecure();
  return credentials.createSsl(tls === true ? null : tls);
}
