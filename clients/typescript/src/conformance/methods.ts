/** The RPCs of the scenario, by name: JSON in, JSON out, through the client as users have it. */
import * as laurels from "../index.js";
import type { Json } from "./matching.js";

interface Message {
  fromJSON(object: any): any;
  toJSON(message: any): unknown;
}

/** Carries out a step's call. */
export type Method = (client: laurels.Laurels, request: Json) => Promise<Json>;

function call(
  request: Message, reply: Message, method: (client: laurels.Laurels) => (request: any) => Promise<unknown>,
): Method {
  return async (client, json) => reply.toJSON(await method(client)(request.fromJSON(json))) as Json;
}

function all(
  request: Message, item: Message,
  walk: (client: laurels.Laurels, request: any) => AsyncIterable<unknown>,
): Method {
  return async (client, json) => {
    const items: Json[] = [];
    for await (const found of walk(client, request.fromJSON(json))) {
      items.push(item.toJSON(found) as Json);
    }
    return { items };
  };
}

export const methods: Readonly<Record<string, Method>> = {
  "ProgressService.SubmitProgress": call(
    laurels.SubmitProgressRequest, laurels.SubmitProgressResponse, (c) => c.progress.submitProgress),
  "ProgressService.BatchSubmitProgress": call(
    laurels.BatchSubmitProgressRequest, laurels.BatchSubmitProgressResponse,
    (c) => c.progress.batchSubmitProgress),
  "ProgressService.GetSubmission": call(
    laurels.GetSubmissionRequest, laurels.GetSubmissionResponse, (c) => c.progress.getSubmission),
  "ProgressService.ListProgress": all(
    laurels.ListProgressRequest, laurels.LevelProgress, laurels.walkProgress),
  "XpService.AwardXp": call(laurels.AwardXpRequest, laurels.AwardXpResponse, (c) => c.xp.awardXp),
  "XpService.AdjustXp": call(laurels.AdjustXpRequest, laurels.AdjustXpResponse, (c) => c.xp.adjustXp),
  "XpService.ReverseXpEntry": call(
    laurels.ReverseXpEntryRequest, laurels.ReverseXpEntryResponse, (c) => c.xp.reverseXpEntry),
  "XpService.GetXpAccount": call(
    laurels.GetXpAccountRequest, laurels.GetXpAccountResponse, (c) => c.xp.getXpAccount),
  "XpService.ListXpEntries": all(laurels.ListXpEntriesRequest, laurels.XpEntry, laurels.walkXpEntries),
  "LeaderboardService.GetLeaderboard": all(
    laurels.GetLeaderboardRequest, laurels.LeaderboardEntry, laurels.walkLeaderboard),
  "LeaderboardService.GetStanding": call(
    laurels.GetStandingRequest, laurels.GetStandingResponse, (c) => c.leaderboard.getStanding),
  "CatalogService.UpsertLevels": call(
    laurels.UpsertLevelsRequest, laurels.UpsertLevelsResponse, (c) => c.catalog.upsertLevels),
  "CatalogService.ListLevels": all(laurels.ListLevelsRequest, laurels.Level, laurels.walkLevels),
  "UserService.UpsertUsers": call(
    laurels.UpsertUsersRequest, laurels.UpsertUsersResponse, (c) => c.users.upsertUsers),
  "AuditService.AuditUser": call(
    laurels.AuditUserRequest, laurels.AuditUserResponse, (c) => c.audit.auditUser),
  "AuditService.AuditAll": all(
    laurels.AuditAllRequest, laurels.AuditAllResponse, (c, request) => c.audit.auditAll(request)),
};
