import { Type } from 'typebox';
import { Named, Time, oneOf } from '../schemas/common.js';

const Ways = Type.Array(oneOf(['token', 'oidc']), {
  description: 'The ways to sign in: with a token, with OpenID Connect.',
});

export const SessionView = Named('Session', {
  subject: Type.String({ description: 'Who is signed in.' }),
  role: oneOf(['service', 'operator', 'admin']),
  expires_at: Time,
  csrf_token: Type.String({
    description: 'Send it as `X-CSRF-Token` with each request that changes something and has the cookie.',
  }),
  ways: Ways,
});

export const SignInBody = Named(
  'SignIn',
  {
    token: Type.Optional(Type.String({ minLength: 1, maxLength: 8_192, description: 'A JWT.' })),
    code: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'A code of `POST /v2/sign-in-codes`.' }),
    ),
  },
  { minProperties: 1, maxProperties: 1 },
);

export const SignInCodeView = Named('SignInCode', {
  code: Type.String({ description: 'Signs in once, at `/sign-in?code=…`.' }),
  expires_at: Time,
});
