/** Permissions as each login spells them, with what its window says about them. */
export const instagramScopes: Record<string, string> = {
  instagram_business_basic: 'View profile and access media',
  instagram_business_manage_messages: 'Access and manage messages',
  instagram_business_manage_comments: 'Access and manage comments',
  instagram_business_content_publish: 'Create and publish content',
  instagram_business_manage_insights: 'Access insights',
}

export const facebookScopes: Record<string, string> = {
  public_profile: 'Name and profile picture',
  email: 'Email address',
  pages_show_list: 'Show a list of the Pages you manage',
  pages_read_engagement: 'Read content posted on the Page',
  pages_manage_metadata: 'Manage accounts, settings and webhooks for a Page',
  pages_messaging: 'Manage and access Page conversations in Messenger',
  business_management: 'Manage your business',
  instagram_basic: 'Access profile and posts from the Instagram account connected to your Page',
  instagram_manage_messages: 'Manage and access conversations of your Instagram account',
  instagram_manage_comments: 'Manage comments for your Instagram account',
  instagram_content_publish: 'Upload media and create posts for your Instagram account',
  instagram_manage_insights: 'Access insights for your Instagram account',
  instagram_manage_contents: 'Delete media of your Instagram account',
  instagram_manage_engagement: 'Like posts and comments as your Instagram account',
}

/** What a Facebook Login for Business configuration of the dashboard asks for. */
export const configurationScopes = [
  'public_profile',
  'pages_show_list',
  'pages_read_engagement',
  'pages_manage_metadata',
  'business_management',
  'instagram_basic',
  'instagram_manage_messages',
  'instagram_manage_comments',
  'instagram_content_publish',
  'instagram_manage_insights',
]

/** Comma or space separated. */
export const splitScopes = (text: string): string[] =>
  text.split(/[\s,]+/).filter((scope) => scope !== '')
