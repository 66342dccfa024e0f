import { describe } from 'vitest';
import { acceptContract } from './accept-contract.ts';
import { agentContract } from './agent-contract.ts';
import { alertContract } from './alert-contract.ts';
import { auditContract } from './audit-contract.ts';
import { commitContract } from './commit-contract.ts';
import { deadLetterContract } from './dead-letter-contract.ts';
import { deliveryContract } from './delivery-contract.ts';
import { eventContract } from './event-contract.ts';
import { orderContract } from './order-contract.ts';
import { quarantineContract } from './quarantine-contract.ts';
import { readingContract } from './reading-contract.ts';
import { retentionContract } from './retention-contract.ts';
import type { OpenStore } from './store-fixture.ts';
import { timeContract } from './time-contract.ts';
import { tokenContract } from './token-contract.ts';
import { transactionContract } from './transaction-contract.ts';

/**
 * What every store promises, told as stories. An adapter passes when all of them hold; `open` is called once per story
 * and must answer an empty store that takes time and chance only from its options.
 */
export function describeStoreContract(name: string, open: OpenStore): void {
  describe(`${name} keeps the store contract`, () => {
    acceptContract(open);
    deliveryContract(open);
    orderContract(open);
    timeContract(open);
    deadLetterContract(open);
    quarantineContract(open);
    retentionContract(open);
    readingContract(open);
    eventContract(open);
    commitContract(open);
    transactionContract(open);
    agentContract(open);
    tokenContract(open);
    auditContract(open);
    alertContract(open);
  });
}
