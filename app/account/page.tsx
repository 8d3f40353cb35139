/** One's account, for those who want one: signing up, in and out, the password, and one's browsers. */
import type { Metadata } from 'next';
import { Account } from './account.tsx';

export const metadata: Metadata = {
  title: 'Account',
  description: 'Be the same person in every browser you use. Nothing here needs an account.',
};

export default function AccountPage() {
  return <Account />;
}
