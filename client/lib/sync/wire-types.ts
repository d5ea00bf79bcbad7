import type { z } from 'zod';
import type {
  documentsAnswerSchema,
  documentsRequestSchema,
  offerAnswerSchema,
  offerRequestSchema,
  receiptsAnswerSchema,
  receiptsRequestSchema,
} from '#shared/sync/protocol.ts';

export type {
  CompareAnswer,
  CompareRequest,
  PullAnswer,
  PullRequest,
  PushAnswer,
  PushRequest,
  StateAnswer,
  StateRequest,
  StreamMessage,
} from '#shared/sync/protocol.ts';
export type DocumentsRequest = z.infer<typeof documentsRequestSchema>;
export type DocumentsAnswer = z.infer<typeof documentsAnswerSchema>;
export type OfferRequest = z.infer<typeof offerRequestSchema>;
export type OfferAnswer = z.infer<typeof offerAnswerSchema>;
export type ReceiptsRequest = z.infer<typeof receiptsRequestSchema>;
export type ReceiptsAnswer = z.infer<typeof receiptsAnswerSchema>;
