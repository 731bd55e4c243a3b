// The function that isère serves by default. Try: curl 'http://localhost:8080/?name=Ada'
export const handler = async (event, context, done) => {
  const { name = 'world' } = event.queryStringParameters ?? {};
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: `Hello, ${name}!`, method: event.httpMethod, path: event.path }),
  };
};
