/** Events of no message, by age: what retention asks for. Rare rows, so the index costs the hot path nothing. */
export const retentionIndex = `
CREATE INDEX events_of_no_message ON events (at) WHERE message_seq IS NULL;
`;
