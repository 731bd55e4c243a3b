// SPDX-License-Identifier: Apache-2.0
// Answers with the event it got.
export const handler = async (event) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(event),
});
