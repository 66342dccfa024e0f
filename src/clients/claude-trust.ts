import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { JsoncDocument } from './jsonc-document.ts';
import { mcpServerName } from './mcp-entry.ts';
import type { TrustQuestion, TrustState } from './trust-state.ts';

const names = z.array(z.string()).catch([]);
const approvals = z
  .object({
    hasTrustDialogAccepted: z.boolean().catch(false),
    enabledMcpjsonServers: names,
    disabledMcpjsonServers: names,
    enableAllProjectMcpServers: z.boolean().catch(false),
    disableAllHooks: z.boolean().catch(false),
  })
  .partial();
type Approvals = z.infer<typeof approvals>;

/** Reads what Claude Code notes of its user's answers: of the folder in `.claude.json`, of servers there and in settings. */
export function claudeTrust({ project, home, env }: TrustQuestion): TrustState {
  const own = env['CLAUDE_CONFIG_DIR'];
  const state = join(own ?? home, '.claude.json');
  const noted = readApprovals(state, (content) => content.at(['projects', project]));
  const settings = ['.claude/settings.json', '.claude/settings.local.json'].map((name) => join(project, name));
  const all = [
    noted,
    ...[join(own ?? join(home, '.claude'), 'settings.json'), ...settings].map((file) => readApprovals(file)),
  ];
  if (all.some((file) => file.disableAllHooks === true))
    return { status: 'missing', detail: 'disableAllHooks is set, so no hook runs; take it out of the settings' };
  if (noted.hasTrustDialogAccepted !== true)
    return { status: 'missing', detail: 'the folder is not trusted yet: start claude here and accept it' };
  if (all.some((file) => file.disabledMcpjsonServers?.includes(mcpServerName) === true))
    return { status: 'missing', detail: `the MCP server ${mcpServerName} was refused; change it with /mcp` };
  const isEnabled = all.some(
    (file) => file.enableAllProjectMcpServers === true || file.enabledMcpjsonServers?.includes(mcpServerName) === true,
  );
  return isEnabled
    ? { status: 'given', detail: 'folder trusted, MCP server approved' }
    : {
        status: 'missing',
        detail: `the MCP server ${mcpServerName} is not approved yet: start claude here and accept it`,
      };
}

/** Nothing known where a file is missing or unreadable: then nothing was given either. */
function readApprovals(file: string, part = (content: JsoncDocument): unknown => content.value): Approvals {
  try {
    return approvals.parse(part(new JsoncDocument(readFileSync(file, 'utf8'), file)) ?? {});
  } catch {
    return {};
  }
}
