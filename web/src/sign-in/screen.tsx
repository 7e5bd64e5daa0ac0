import { useNavigate, useSearch } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { messageOf } from '../api/problems.js';
import { type SessionState, useSignIn } from '../app/session.js';
import { Logo } from '../app/logo.js';
import { Button } from '../ui/controls/button.js';
import { inputClass } from '../ui/controls/field.js';
import { Glyph } from '../ui/status/glyph.js';
import { textsOf } from '../words/search.js';
import styles from './screen.module.css';

/** Signs in with a pasted token, through the provider, or with the code of a link that works once. */
export default function SignIn({ state }: { state: SessionState }) {
  const { code, error } = textsOf(useSearch({ strict: false }), ['code', 'error']);
  const [failure, setFailure] = useState<string | undefined>(error);
  const [busy, setBusy] = useState(code !== undefined);
  const [token, setToken] = useState('');
  const signIn = useSignIn();
  const goHome = useNavigate();
  const { session } = state;
  const ways = session === undefined ? state.ways : [];
  const tried = useRef(false);

  useEffect(() => {
    // Strict mode runs effects twice, and the code works once.
    if (code === undefined || tried.current) return;
    tried.current = true;
    void attempt({ code });
  });
  useEffect(() => {
    const here = window.location.pathname === '/sign-in';
    if (session !== undefined && here && code === undefined)
      void goHome({ to: '/migrations', replace: true });
  }, [session, code, goHome]);

  async function attempt(by: { token: string } | { code: string }): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      await signIn(by);
      if (window.location.pathname === '/sign-in') await goHome({ to: '/migrations', replace: true });
    } catch (cause) {
      setFailure(messageOf(cause));
      if (code !== undefined) await goHome({ to: '/sign-in', replace: true });
    } finally {
      setBusy(false);
    }
  }

  const here =
    window.location.pathname === '/sign-in'
      ? '/migrations'
      : window.location.pathname + window.location.search;
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <div className={styles.brand}>
          <Logo /> Carryover
        </div>
        <h1>Sign in</h1>
        {failure !== undefined && (
          <p className={styles.failure} role="alert">
            <Glyph tone="failed" /> <span>{failure}</span>
          </p>
        )}
        {ways.includes('oidc') && (
          <>
            <a className={styles.provider} href={`/session/oidc?return_to=${encodeURIComponent(here)}`}>
              <KeyRound size={16} aria-hidden /> Continue with single sign-on
            </a>
            <p className={styles.or}>
              <span>or</span>
            </p>
          </>
        )}
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            void attempt({ token: token.trim() });
          }}
        >
          <label htmlFor="token">Access token</label>
          <textarea
            id="token"
            className={inputClass}
            rows={4}
            value={token}
            onChange={({ target }) => setToken(target.value)}
            placeholder="eyJhbGciOi…"
            autoComplete="off"
            spellCheck={false}
            aria-describedby="token-hint"
          />
          <p id="token-hint" className={styles.hint}>
            Use the token of an operator, an administrator or a service. <code>carryover token</code> creates
            one.
          </p>
          <Button type="submit" look="main" busy={busy} disabled={token.trim() === ''}>
            {busy ? 'Signing in' : 'Sign in'}
          </Button>
        </form>
      </div>
    </main>
  );
}
