// SPDX-License-Identifier: Apache-2.0
// Property names that isère uses on hot paths: engines intern them once for each VM.
#pragma once

#define ISERE_NAME_MAP(X)            \
  /* event, payload version 1.0 */   \
  X(resource)                        \
  X(path)                            \
  X(httpMethod)                      \
  X(headers)                         \
  X(multiValueHeaders)               \
  X(queryStringParameters)           \
  X(multiValueQueryStringParameters) \
  X(pathParameters)                  \
  X(stageVariables)                  \
  X(requestContext)                  \
  X(body)                            \
  X(isBase64Encoded)                 \
  X(query)                           \
  X(accountId)                       \
  X(apiId)                           \
  X(domainName)                      \
  X(extendedRequestId)               \
  X(identity)                        \
  X(protocol)                        \
  X(requestId)                       \
  X(requestTime)                     \
  X(requestTimeEpoch)                \
  X(resourceId)                      \
  X(resourcePath)                    \
  X(stage)                           \
  X(sourceIp)                        \
  X(userAgent)                       \
  /* context */                      \
  X(functionName)                    \
  X(functionVersion)                 \
  X(memoryLimitInMB)                 \
  X(awsRequestId)                    \
  X(invokedFunctionArn)              \
  X(logGroupName)                    \
  X(logStreamName)                   \
  X(getRemainingTimeInMillis)        \
  X(callbackWaitsForEmptyEventLoop)  \
  X(succeed)                         \
  X(fail)                            \
  X(done)                            \
  /* response */                     \
  X(statusCode)                      \
  X(cookies)                         \
  /* exports and errors */           \
  X(handler)                         \
  X(then)                            \
  X(name)                            \
  X(message)                         \
  X(stack)                           \
  X(description)

typedef enum {
#define X(name) ISERE_NAME_##name,
  ISERE_NAME_MAP(X)
#undef X
      ISERE_NAME_COUNT,
} isere_name_t;
