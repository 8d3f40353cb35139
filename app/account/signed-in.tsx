'use client';
/** What somebody does who is signed in: another password, signing out, deleting the account. */
import { LIMITS } from '../../server/vocabulary.ts';
import { AccountForm, type Changed, Field } from './field.tsx';

const password = { type: 'password', maxLength: LIMITS.password } as const;

export function ChangePassword({ changed }: Changed) {
  return (
    <AccountForm
      title="Change the password"
      button="Change the password"
      request="password"
      done="The password is changed, and your other browsers are guests."
      bodyOf={({ current, next }) => ({ current, next })}
      onDone={changed}
    >
      <p className="hint">
        Your other browsers become guests at once, until you sign in there with the new password.
      </p>
      <Field {...password} label="Password now" name="current" autoComplete="current-password" />
      <Field
        {...password}
        label="New password"
        name="next"
        autoComplete="new-password"
        minLength={LIMITS.passwordLeast}
        hint={`${LIMITS.passwordLeast} characters or more.`}
      />
    </AccountForm>
  );
}

export function SignOut({ changed }: Changed) {
  return (
    <AccountForm
      title="Sign out"
      button="Sign out of this browser"
      request="sign-out"
      bodyOf={() => ({})}
      onDone={changed}
    >
      <p className="hint">
        This browser becomes a guest again. Your rooms, roles and claims stay yours, and are here
        again when you sign in.
      </p>
    </AccountForm>
  );
}

export function DeleteAccount({ changed }: Changed) {
  return (
    <AccountForm
      title="Delete the account"
      button="Delete the account"
      request="delete"
      bodyOf={({ password: typed }) => ({ password: typed })}
      onDone={changed}
    >
      <p className="hint">
        The user name and the password are gone for good. The browsers above stay you, and what you
        did in rooms stays there: it is part of what others argued on.
      </p>
      <Field {...password} label="Password" name="password" autoComplete="current-password" />
    </AccountForm>
  );
}
