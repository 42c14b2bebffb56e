// Written by web/contract.py from the classes of the services; not to be edited.

/** What `data` is, by the type of the event. */
export interface Events {
  readonly agent_activity: AgentActivity;
  readonly file_operation: FileOperation;
  readonly session_update: SessionUpdate;
  readonly health_status: HealthStatus;
  readonly tool_use: ToolUse;
  readonly model_request: ModelRequest;
  readonly prompt: Prompt;
  readonly notification: Notification;
  readonly permission_request: PermissionRequest;
  readonly task_update: TaskUpdate;
  readonly compaction: Compaction;
  readonly session_erased: SessionErased;
  readonly alert: Alert;
}

/** The state of one project. */
export interface Project {
  readonly agents?: { readonly [key: string]: AgentRow };
  readonly sessions?: { readonly [key: string]: SessionRow };
  readonly files?: { readonly [key: string]: File };
  readonly tools?: { readonly [key: string]: UsageRow };
  readonly activity?: ActivityForm;
}

export interface ActivityForm {
  readonly events: number;
  readonly errors: number;
  readonly tokens: number;
  readonly types: { readonly [key: string]: number };
  readonly seconds: { readonly [key: string]: Count };
  readonly minutes: { readonly [key: string]: Count };
}

export interface AgentActivity {
  readonly agent_id?: string;
  readonly agent: string;
  readonly action: "completed" | "failed" | "invoked" | "started" | "stopped" | "waiting";
  readonly timestamp: string;
  readonly agent_type?: string;
  readonly parent_id?: string;
  readonly description?: string;
  readonly reason?: string;
  readonly duration_ms?: number;
}

export interface AgentRow {
  readonly name: string;
  readonly status: "active" | "completed" | "failed" | "idle" | "lost" | "stalled" | "stopped" | "waiting";
  readonly invocations: number;
  readonly session: string;
  readonly agent_id: string;
  readonly seq: number;
  readonly type?: string;
  readonly parent?: string;
  readonly parent_inferred?: boolean;
  readonly tool_use_id?: string;
  readonly background?: boolean;
  readonly description?: string;
  readonly started: string;
  readonly last_seen: string;
  readonly ended?: string;
  readonly doing?: string;
  readonly calls?: { readonly [key: string]: OpenCall };
  readonly waiting?: Wait;
  readonly tool_calls: number;
  readonly failures: number;
  readonly requests: number;
  readonly tokens?: Spent;
  readonly cost_usd?: number;
}

export interface Alert {
  readonly rule: string;
  readonly state: "firing" | "resolved";
  readonly severity?: string;
  readonly summary?: string;
  readonly value?: number;
  readonly threshold?: number;
}

export interface Compaction {
  readonly agent_id?: string;
  readonly phase: "finished" | "started";
  readonly trigger?: string;
  readonly tokens_before?: number;
  readonly tokens_after?: number;
}

export interface Conflict {
  readonly since: string;
  readonly last: string;
  readonly agents: readonly string[];
}

export interface Count {
  readonly events: number;
  readonly errors?: number;
  readonly tokens?: number;
}

export interface File {
  readonly path: string;
  readonly seq: number;
  readonly time: string;
  readonly operation: "delete" | "edit" | "read" | "write";
  readonly agent: string;
  readonly agent_name: string;
  readonly reads: number;
  readonly writes: number;
  readonly edits: number;
  readonly deletes: number;
  readonly size: number;
  readonly lines_added: number;
  readonly lines_removed: number;
  readonly agents: { readonly [key: string]: Touch };
  readonly writer?: string;
  readonly written?: string;
  readonly conflict?: Conflict;
}

export interface FileOperation {
  readonly agent_id?: string;
  readonly file: string;
  readonly operation: "delete" | "edit" | "read" | "write";
  readonly size: number;
  readonly tool_use_id?: string;
  readonly lines_added?: number;
  readonly lines_removed?: number;
}

export interface HealthStatus {
  readonly status: "degraded" | "healthy" | "unhealthy";
  readonly services: { readonly [key: string]: string };
}

export interface ModelRequest {
  readonly agent_id?: string;
  readonly model: string;
  readonly request_id?: string;
  readonly tokens?: Tokens;
  readonly cost_usd?: number;
  readonly duration_ms?: number;
  readonly error?: string;
}

export interface Notification {
  readonly agent_id?: string;
  readonly kind: string;
  readonly message?: string;
}

export interface OpenCall {
  readonly tool: string;
  readonly since: string;
  readonly summary?: string;
}

export interface PermissionRequest {
  readonly agent_id?: string;
  readonly tool: string;
  readonly summary?: string;
  readonly input_hash?: string;
  readonly decision?: string;
  readonly reason?: string;
}

export interface Prompt {
  readonly agent_id?: string;
  readonly size: number;
  readonly prompt_id?: string;
  readonly origin?: string;
}

export interface SessionErased {
  readonly session_id: string;
  readonly ranges: readonly (readonly [number, number])[];
  readonly by?: string;
}

export interface SessionRow {
  readonly session_id: string;
  readonly status: "active" | "ended" | "idle" | "lost" | "waiting";
  readonly seq: number;
  readonly agent?: string;
  readonly model?: string;
  readonly cwd?: string;
  readonly host?: string;
  readonly source?: string;
  readonly title?: string;
  readonly started: string;
  readonly last_seen: string;
  readonly ended?: string;
  readonly reason?: string;
  readonly events: number;
  readonly prompts: number;
  readonly turns: number;
  readonly waiting?: Wait;
  readonly token_usage?: number;
  readonly tokens?: Spent;
  readonly tokens_source?: "" | "model_requests" | "reported";
  readonly requests: number;
  readonly cost_usd?: number;
  readonly cost_source?: "" | "model_requests" | "reported";
  readonly context_percentage?: number;
  readonly context_source?: "" | "model_requests" | "reported";
  readonly context_window?: number;
  readonly context_level?: "critical" | "elevated" | "high" | "normal";
  readonly context_thresholds?: readonly number[];
  readonly context_history?: { readonly [key: string]: number };
  readonly burn?: number;
  readonly full_at?: string;
  readonly compactions: number;
  readonly compacted?: string;
}

export interface SessionUpdate {
  readonly session_id: string;
  readonly token_usage?: number;
  readonly context_percentage?: number;
  readonly status?: "" | "ended" | "started";
  readonly agent?: string;
  readonly model?: string;
  readonly context_window?: number;
  readonly cost_usd?: number;
  readonly tokens?: Tokens;
  readonly cwd?: string;
  readonly title?: string;
  readonly reason?: string;
}

export interface Slow {
  readonly duration_ms: number;
  readonly seq: number;
  readonly tool: string;
  readonly agent: string;
  readonly session: string;
  readonly summary?: string;
}

export interface Spent {
  readonly input?: number;
  readonly output?: number;
  readonly cache_read?: number;
  readonly cache_creation?: number;
}

export interface TaskUpdate {
  readonly agent_id?: string;
  readonly status: string;
  readonly task_id?: string;
  readonly subject?: string;
  readonly teammate?: string;
  readonly total?: number;
  readonly completed?: number;
  readonly in_progress?: number;
}

export interface Tokens {
  readonly input?: number;
  readonly output?: number;
  readonly cache_read?: number;
  readonly cache_creation?: number;
}

export interface ToolUse {
  readonly agent_id?: string;
  readonly tool: string;
  readonly phase: "denied" | "failed" | "finished" | "started";
  readonly tool_use_id?: string;
  readonly duration_ms?: number;
  readonly input_bytes?: number;
  readonly output_bytes?: number;
  readonly summary?: string;
  readonly input_hash?: string;
  readonly mcp_server?: string;
  readonly error?: string;
  readonly interrupted?: boolean;
  readonly subagent_type?: string;
  readonly subagent_id?: string;
  readonly background?: boolean;
}

export interface Touch {
  readonly operation: "delete" | "edit" | "read" | "write";
  readonly time: string;
}

export interface UsageRow {
  readonly agent?: string;
  readonly tool?: string;
  readonly seq: number;
  readonly last: string;
  readonly calls: number;
  readonly failures: number;
  readonly denied: number;
  readonly total_ms: number;
  readonly max_ms?: number;
  readonly p50_ms?: number;
  readonly p95_ms?: number;
  readonly slowest?: readonly Slow[];
}

export interface Wait {
  readonly since: string;
  readonly reason: "elicitation" | "input" | "permission" | "prompt";
  readonly tool?: string;
  readonly summary?: string;
  readonly tool_use_id?: string;
  readonly generic?: boolean;
}
