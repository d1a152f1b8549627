import type { CallOptions, Fields } from "./calls.js";
import type { Laurels } from "./connect.js";
import type { Level, ListLevelsRequest } from "./generated/laurels/v1/catalog_service.js";
import type {
  GetLeaderboardRequest, LeaderboardEntry,
} from "./generated/laurels/v1/leaderboard_service.js";
import type { LevelProgress, ListProgressRequest } from "./generated/laurels/v1/progress_service.js";
import type { ListXpEntriesRequest, XpEntry } from "./generated/laurels/v1/xp_service.js";

interface Page<T> {
  items: T[];
  next: string;
}

/** Asks for page after page, each only when the one before was used up. */
async function* walk<Q extends { pageToken?: string | undefined }, T>(
  request: Q,
  read: (page: Q) => Promise<Page<T>>,
): AsyncGenerator<T> {
  let page = await read(request);
  yield* page.items;
  while (page.next !== "") {
    page = await read(after(request, page.next));
    yield* page.items;
  }
}

function after<Q extends { pageToken?: string | undefined }>(request: Q, token: string): Q {
  const following = { ...request, pageToken: token };
  // A token carries its position; both together are refused.
  if ("startPosition" in following) following.startPosition = 0;
  return following;
}

/** A leaderboard's entries from the top, or from `startPosition`. */
export function walkLeaderboard(
  laurels: Laurels, request: Fields<GetLeaderboardRequest> = {}, options?: CallOptions,
): AsyncGenerator<LeaderboardEntry> {
  return walk(request, async (page) => {
    const { entries, nextPageToken } = await laurels.leaderboard.getLeaderboard(page, options);
    return { items: entries, next: nextPageToken };
  });
}

/** A learner's ledger entries, newest first. */
export function walkXpEntries(
  laurels: Laurels, request: Fields<ListXpEntriesRequest>, options?: CallOptions,
): AsyncGenerator<XpEntry> {
  return walk(request, async (page) => {
    const { entries, nextPageToken } = await laurels.xp.listXpEntries(page, options);
    return { items: entries, next: nextPageToken };
  });
}

/** The levels of the catalog, in order. */
export function walkLevels(
  laurels: Laurels, request: Fields<ListLevelsRequest> = {}, options?: CallOptions,
): AsyncGenerator<Level> {
  return walk(request, async (page) => {
    const { levels, nextPageToken } = await laurels.catalog.listLevels(page, options);
    return { items: levels, next: nextPageToken };
  });
}

/** A learner's status on every level, in the catalog's order. */
export function walkProgress(
  laurels: Laurels, request: Fields<ListProgressRequest>, options?: CallOptions,
): AsyncGenerator<LevelProgress> {
  return walk(request, async (page) => {
    const { levels, nextPageToken } = await laurels.progress.listProgress(page, options);
    return { items: levels, next: nextPageToken };
  });
}
