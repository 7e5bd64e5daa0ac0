import type { ApiClient } from '../api/client.js';
import type { Printer } from '../terminal/output.js';

/** Prints a link that signs the operator in at the dashboard, once, with the rights of the token. */
export async function dashboardLink(api: ApiClient, printer: Printer): Promise<void> {
  const { code, ...rest } = await api.post<{ code: string }>('/v2/sign-in-codes');
  const url = `${api.address}/sign-in?code=${encodeURIComponent(code)}`;
  await printer.show({ url, ...rest }, () => [url]);
}
