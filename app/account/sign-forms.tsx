'use client';
/** Signing in to an account, and making one. */
import { LIMITS } from '../../server/vocabulary.ts';
import styles from './account.module.css';
import { AccountForm, type Changed, Field } from './field.tsx';

const bodyOf = ({ username, password }: Readonly<Record<string, string>>) => ({
  ...{ username, password },
});

export function SignForms({ changed }: Changed) {
  const username = {
    ...{ label: 'User name', name: 'username', autoComplete: 'username' },
    maxLength: LIMITS.username,
  };
  return (
    <div className={styles.forms}>
      <AccountForm
        title="Sign in"
        button="Sign in"
        request="sign-in"
        primary
        bodyOf={bodyOf}
        onDone={changed}
      >
        <p className="hint">
          This browser becomes you, from now on. What you did in it as a guest stays that guest’s,
          and is there again when you sign out.
        </p>
        <Field {...username} />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          maxLength={LIMITS.password}
        />
      </AccountForm>
      <AccountForm
        title="Make an account"
        button="Make an account"
        request="sign-up"
        bodyOf={bodyOf}
        onDone={changed}
      >
        <p className="hint">
          You keep all that you have in this browser. This server sends no mail, so nobody can give
          you a new password: keep it in a password manager.
        </p>
        <Field
          {...username}
          hint="Letters from a to z, digits, dots and underscores. Nobody sees it."
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={LIMITS.passwordLeast}
          maxLength={LIMITS.password}
          hint={`${LIMITS.passwordLeast} characters or more.`}
        />
      </AccountForm>
    </div>
  );
}
