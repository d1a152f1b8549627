import { randomUUID } from "node:crypto";
import type { BatchSubmitProgressRequest } from "./generated/laurels/v1/progress_service.js";
import { ProgressServiceService } from "./generated/laurels/v1/progress_service.js";
import { XpServiceService } from "./generated/laurels/v1/xp_service.js";

/** The calls that count something, and so are made safe to repeat. */
const counting: ReadonlySet<string> = new Set([
  ProgressServiceService.submitProgress.path,
  XpServiceService.awardXp.path,
  XpServiceService.adjustXp.path,
  XpServiceService.reverseXpEntry.path,
]);

/**
 * Gives a request that counts something its id, where the caller gave none. Done once, before
 * the first attempt: retries send the very same bytes. Returns its id, or one for each attempt of a
 * batch.
 */
export function fillRequestIds(path: string, request: object): string[] {
  if (path === ProgressServiceService.batchSubmitProgress.path) {
    return (request as BatchSubmitProgressRequest).requests.map(filled);
  }
  return counting.has(path) ? [filled(request as { requestId: string })] : [];
}

function filled(request: { requestId: string }): string {
  return (request.requestId ||= randomUUID());
}
