/** Quarantined messages are listed and chosen by inbox like dead letters, however large the history around them is. */
export const quarantineIndex = `
CREATE INDEX messages_quarantined ON messages (inbox, seq) WHERE state = 7;
`;
