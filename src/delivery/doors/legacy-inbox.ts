import { lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { writeDurably } from '../../durable-file.ts';
import type { Message } from '../../message/message.ts';
import type { DeliveryDoor } from '../delivery-door.ts';
import { framedMessages } from '../wake-notice.ts';

/**
 * One Markdown file per message in a legacy agent's inbox folder, with the heading that such agents look for. Named by the
 * message and not by the second, so that two in one second do not overwrite each other and twice is once. Unlike there, the
 * heading says who wrote it, and the text stands inside a frame it cannot end.
 */
export function legacyInboxDoor(newBoundary: () => string): DeliveryDoor {
  return {
    name: 'legacy-inbox',
    repeatable: true,
    cost: 'nothing',
    async look({ settings: { folder = '' } }) {
      if (!isAbsolute(folder)) return { open: false, reason: 'its folder is not an absolute path' };
      const stats = lstatSync(folder, { throwIfNoEntry: false });
      if (stats === undefined) return { open: false, reason: `${folder} does not exist` };
      // A link could be turned to another place between the look and the write.
      return stats.isDirectory() ? { open: true } : { open: false, reason: `${folder} is not a folder` };
    },
    async deliver({ settings: { folder = '' }, messages }) {
      for (const message of messages) {
        const file = join(folder, fileName(message));
        if ((await readFile(file, 'utf8').catch(() => '')).includes(message.id)) continue;
        try {
          writeDurably(file, page(message, newBoundary));
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          return { result: 'refused', reason: `${file} cannot be written: ${reason}` };
        }
      }
      return { result: 'injected' };
    },
  };
}

/** As in `CAPTAIN_MESSAGE_20260131_090000_1a2b3c4d.md`, with the whole id where that had eight digits of it. */
function fileName({ id, createdAt }: Message): string {
  const stamp = new Date(createdAt)
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .replace('T', '_');
  return `WAGGLE_MESSAGE_${stamp}_${id.slice('msg_'.length)}.md`;
}

function page(message: Message, newBoundary: () => string): string {
  const { id, from, inbox, priority, createdAt } = message;
  return [
    `# Message from ${from}`,
    '',
    `**From**: ${from}`,
    `**To**: ${inbox}`,
    `**Priority**: ${priority}`,
    `**Message ID**: ${id}`,
    `**Timestamp**: ${new Date(createdAt).toISOString()}`,
    '',
    framedMessages([message], newBoundary),
    '',
  ].join('\n');
}
