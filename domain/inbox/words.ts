/** Words for messages about an inbox's migrations. */
export const WORDS = { subject: 'inbox', unit: 'move', units: 'moves' } as const;
