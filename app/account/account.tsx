'use client';
/** The page of one's account: what it is good for, and what can be done with it now. */
import { useEffect, useRef, useState } from 'react';
import type { AccountView } from '../../server/protocol.ts';
import { MessagePage } from '../ui/message-page.tsx';
import styles from './account.module.css';
import { askAccount } from './ask.ts';
import { Browsers } from './browsers.tsx';
import { SignForms } from './sign-forms.tsx';
import { ChangePassword, DeleteAccount, SignOut } from './signed-in.tsx';

type State =
  | { readonly kind: 'asking' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'known'; readonly account: AccountView | null };

export function Account() {
  const [state, setState] = useState<State>({ kind: 'asking' });
  useEffect(() => {
    let left = false;
    void askAccount('me', {}).then((reply) => {
      if (left) return;
      setState(
        reply.ok
          ? { kind: 'known', account: reply.account }
          : { kind: 'failed', message: reply.message },
      );
    });
    return () => {
      left = true;
    };
  }, []);
  const heading = useRef<HTMLHeadingElement>(null);
  const changed = (account: AccountView | null) => {
    const was = state.kind === 'known' && state.account !== null;
    // Signed in or out: what was focused is gone, and what is new begins at the heading.
    if (was !== (account !== null)) heading.current?.focus();
    setState({ kind: 'known', account });
  };

  if (state.kind === 'asking') {
    return (
      <MessagePage title="Your account">
        <p role="status">Asking the coordinator who is signed in here …</p>
      </MessagePage>
    );
  }
  if (state.kind === 'failed') {
    return (
      <MessagePage title="Your account">
        <p className="error" role="alert">
          {state.message}
        </p>
        <button type="button" className="button" onClick={() => window.location.reload()}>
          Try again
        </button>
      </MessagePage>
    );
  }
  const { account } = state;
  return (
    <div className={`wrap ${styles.page}`}>
      <h1 ref={heading} tabIndex={-1}>
        Your account
      </h1>
      <p className={styles.lead} role="status">
        {account === null ? (
          <>
            Nothing here needs an account: you are a guest with a nickname, and this browser
            remembers you. With a user name and a password you are the same person in every browser
            you use: your rooms, roles, claims, results and nickname.
          </>
        ) : (
          <>
            Signed in as <b>{account.username}</b>. In rooms you are called {account.nickname}.
          </>
        )}
      </p>
      {account === null ? (
        <SignForms changed={changed} />
      ) : (
        <div className={styles.forms}>
          <Browsers browsers={account.browsers} changed={changed} />
          <ChangePassword changed={changed} />
          <SignOut changed={changed} />
          <DeleteAccount changed={changed} />
        </div>
      )}
    </div>
  );
}
