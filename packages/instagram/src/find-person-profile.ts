import { z } from 'zod'
import { callGraph } from './call-graph.ts'
import { classifyGraphError } from './classify-graph-error.ts'
import type { ActingNode, CallOptions, GraphContext } from './graph-context.ts'
import { GraphError } from './graph-error.ts'
import type { Igsid } from './ids.ts'
import { optionalText, parseReply } from './reply-schemas.ts'

/** What a person shows to accounts they wrote to. */
export interface PersonProfile {
  readonly igsid: Igsid
  readonly username: string | undefined
  readonly name: string | undefined
  /** Dies after a few days. */
  readonly pictureUrl: string | undefined
  readonly followerCount: number | undefined
  readonly isVerified: boolean | undefined
  readonly isFollowingAccount: boolean | undefined
  readonly isFollowedByAccount: boolean | undefined
}

const ProfileReply = z.object({
  username: optionalText,
  name: optionalText,
  profile_pic: optionalText,
  follower_count: z.number().optional().catch(undefined),
  is_verified_user: z.boolean().optional().catch(undefined),
  is_user_follow_business: z.boolean().optional().catch(undefined),
  is_business_follow_user: z.boolean().optional().catch(undefined),
})

const PROFILE_FIELDS =
  'name,username,profile_pic,follower_count,is_user_follow_business,is_business_follow_user,is_verified_user'

/**
 * A person's profile; `undefined` when there is no consent yet (230), the person is gone or blocks the
 * account, or it is Meta's review robot (9010): carry on with an unnamed person.
 * Source: /messaging-api/user-profile, read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function findPersonProfile(
  context: GraphContext,
  node: ActingNode,
  personId: Igsid,
  options?: CallOptions,
): Promise<PersonProfile | undefined> {
  try {
    const { json } = await callGraph(
      context,
      {
        login: node.login,
        method: 'GET',
        path: `/${personId}`,
        query: { fields: PROFILE_FIELDS },
        token: node.token,
        tokenIn: 'query',
        // Who has not agreed to be read is no failure.
        mayRefuse: true,
      },
      options,
    )
    const reply = parseReply(ProfileReply, json)
    return {
      igsid: personId,
      username: reply.username,
      name: reply.name,
      pictureUrl: reply.profile_pic,
      followerCount: reply.follower_count,
      isVerified: reply.is_verified_user,
      isFollowingAccount: reply.is_user_follow_business,
      isFollowedByAccount: reply.is_business_follow_user,
    }
  } catch (error) {
    if (error instanceof GraphError && isProfileHidden(error)) return undefined
    throw error
  }
}

function isProfileHidden(error: GraphError): boolean {
  return error.code === 230 || classifyGraphError(error) === 'fail_message'
}
